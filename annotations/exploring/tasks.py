"""Door of the explorations."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from annotations.exploring.services.run import exploration_run


@shared_task(soft_time_limit=1800, time_limit=1860)
def run_exploration_task(exploration_id: str) -> None:
    exploration_run(exploration_id=UUID(exploration_id))
