"""Doors of the analysis."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from inference.services.infer import run_infer


@shared_task(soft_time_limit=300, time_limit=330)
def infer_run_task(run_id: str) -> None:
    run_infer(run_id=UUID(run_id))
