"""Committing a blind read: what was seen without the model is kept before the model is shown."""

from __future__ import annotations

from django.db import transaction

from annotations.comparison.types import StatedRead
from annotations.errors import NotCommittable, VersionConflict
from annotations.models import CommittedRead, Review
from annotations.reading.services.reviews import require_writable
from annotations.selectors import reads_blind, stated_read
from cases.models import Case
from cases.workflow import advance
from cxrportal.accounts.models import User


def review_commit(*, review: Review, reader: User, version: int) -> CommittedRead:
    """Keep the read as it stands, and show its reader the model. It cannot be undone.

    ``version`` is that of the review the reader saw; a read that is committed already is answered
    with what was kept. Raises NotCommittable, VersionConflict, ReviewCompleted, NotYourReview.
    """
    require_writable(review, reader)
    with transaction.atomic():
        case, locked = lock_read(review, reader)
        known = CommittedRead.objects.filter(review=locked).first()
        if known is not None:
            return known
        if not reads_blind(case):
            raise NotCommittable("This case is not read blind.", code="not_blind")
        read = require_stated(locked, version, act="commit")
        committed = CommittedRead.objects.create(
            review=locked,
            findings=[finding.to_json() for finding in read.findings],
            no_finding=read.no_finding,
            impression=read.impression,
        )
        advance(case_id=case.pk, to=case.status, actor=reader, reason="read_committed")
    return committed


def lock_read(review: Review, reader: User) -> tuple[Case, Review]:
    """The case and the open read, locked in this order, as signing locks them.

    Raises NotCommittable for an amendment, a consensus and a case in the archive, ReviewCompleted.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("department")
    locked_case = case.get(pk=review.case_id)
    locked = Review.objects.select_for_update().get(pk=review.pk)
    require_writable(locked, reader)
    if locked.kind != Review.Kind.READ or locked.amends_id:
        raise NotCommittable("Only a read of its own is committed or completed.", code="not_a_read")
    if locked_case.is_archived:
        raise NotCommittable("The case is archived. Restore it first.", code="case_archived")
    return locked_case, locked


def require_stated(review: Review, version: int, *, act: str) -> StatedRead:
    """What the read states, which is more than nothing. Raises NotCommittable, VersionConflict."""
    if review.version != version:
        raise VersionConflict(review)
    read = stated_read(review)
    if not read.findings and not read.no_finding:
        message = f"State a finding or tick “No finding” before you {act} your read."
        raise NotCommittable(message, code="nothing_stated")
    return read
