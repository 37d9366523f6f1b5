"""Door of the imports."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from annotations.importing.services.run import dataset_import_run


@shared_task(soft_time_limit=12 * 3600, time_limit=12 * 3600 + 60)
def run_import_task(import_id: str) -> None:
    dataset_import_run(import_id=UUID(import_id))
