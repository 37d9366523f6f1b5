"""Door of the releases."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from annotations.releases.services.build import release_build


@shared_task(soft_time_limit=3 * 3600, time_limit=3 * 3600 + 60)
def build_release_task(release_id: str) -> None:
    release_build(release_id=UUID(release_id))
