"""Changing a row of an open review, guarded by the version that the reader saw."""

from __future__ import annotations

from typing import TypeVar

from django.db import transaction
from django.db.models import F

from annotations.errors import ReviewCompleted, VersionConflict
from annotations.models import Finding, Measurement, PriorMark, Review

Row = TypeVar("Row", Finding, Measurement, PriorMark)


def lock_open(review: Review) -> None:
    """Nothing can slip into a review while it is being signed. Raises ReviewCompleted."""
    locked = Review.objects.select_for_update().get(pk=review.pk)
    if locked.state != Review.State.OPEN:
        raise ReviewCompleted


def update_seen(row: Row, review: Review, *, version: int, columns: dict[str, object]) -> Row:
    """The row with these columns and the next version. Raises VersionConflict, ReviewCompleted."""
    rows = type(row)._default_manager
    with transaction.atomic():
        lock_open(review)
        changed = rows.filter(pk=row.pk, version=version).update(
            **columns, version=F("version") + 1
        )
    row.refresh_from_db()
    if not changed:
        raise VersionConflict(row)
    return row


def delete_seen(row: Row, review: Review, *, version: int) -> None:
    """Raises VersionConflict, ReviewCompleted."""
    rows = type(row)._default_manager
    with transaction.atomic():
        lock_open(review)
        deleted, _ = rows.filter(pk=row.pk, version=version).delete()
    if not deleted:
        row.refresh_from_db()
        raise VersionConflict(row)
