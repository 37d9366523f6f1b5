"""Door of the proposals."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from annotations.reading.services.proposals import findings_propose


@shared_task(soft_time_limit=60, time_limit=90)
def propose_findings_task(run_id: str) -> None:
    findings_propose(run_id=UUID(run_id))
