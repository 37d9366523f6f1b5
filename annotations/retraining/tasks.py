"""Doors of retraining and of comparing."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from annotations.retraining.services.check import check_execute
from annotations.retraining.services.unpack import release_unpack
from inference.services.training import training_execute

DAY_S = 24 * 3600


# Past the limit the lease runs out, the sweep sends it again, and it goes on where it was.
@shared_task(soft_time_limit=DAY_S, time_limit=DAY_S + 60)
def train_release_task(run_id: str) -> None:
    training_execute(run_id=UUID(run_id), unpack=release_unpack)


@shared_task(soft_time_limit=DAY_S, time_limit=DAY_S + 60)
def check_promotion_task(check_id: str) -> None:
    check_execute(check_id=UUID(check_id))
