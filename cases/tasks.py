"""Doors of the ingest."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from cases.services.ingest import image_ingest


@shared_task(soft_time_limit=300, time_limit=330)
def ingest_image_task(image_id: str) -> None:
    image_ingest(image_id=UUID(image_id))
