"""Which extractions are due, and whose file is kept too long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from annotations.models import Extraction


def extractions_to_run(case_id: UUID | None) -> Any:
    """Those that are due. They belong to no case, so only the sweep starts them."""
    return Extraction.objects.none() if case_id else Extraction.objects.due()


def extractions_to_expire(case_id: UUID | None) -> Any:
    """Those whose file is to be removed and that were not sent within a lease."""
    if case_id:
        return Extraction.objects.none()
    stale = timezone.now() - timedelta(seconds=settings.LEASE_S)
    not_sent = Q(nudged_at__isnull=True) | Q(nudged_at__lt=stale)
    return Extraction.objects.expired().filter(not_sent)
