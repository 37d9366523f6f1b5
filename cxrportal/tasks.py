"""The sweep's door."""

from __future__ import annotations

from celery import shared_task

from cxrportal import pipeline


@shared_task(soft_time_limit=60, time_limit=90)
def sweep_task() -> None:
    pipeline.sweep()
