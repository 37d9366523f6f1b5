"""Doors of the extractions."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from annotations.extracting.services.request import extraction_expire
from annotations.extracting.services.run import extraction_run


@shared_task(soft_time_limit=12 * 3600, time_limit=12 * 3600 + 60)
def run_extraction_task(extraction_id: str) -> None:
    extraction_run(extraction_id=UUID(extraction_id))


@shared_task(soft_time_limit=300, time_limit=360)
def expire_extraction_task(extraction_id: str) -> None:
    extraction_expire(extraction_id=UUID(extraction_id))
