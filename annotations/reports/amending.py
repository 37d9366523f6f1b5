"""Amending what is signed, also by a reader whose own read was still open when it was signed."""

from __future__ import annotations

from django.db import transaction

from annotations.adjudication.services import review_complete
from annotations.errors import NotAmendable, NotCommittable, VersionConflict
from annotations.models import Measurement, PriorMark, ReportDraft, Review, SignedReport
from annotations.reading.services.reviews import require_writable, review_amend
from annotations.selectors import open_review, signed_meanwhile
from cases.models import Case
from cxrportal.accounts.models import User


def late_read(user: User, case: Case) -> Review | None:
    """The user's open read of a case that somebody has signed meanwhile."""
    mine = open_review(user, case)
    late = mine is not None and mine.kind == Review.Kind.READ and mine.amends_id is None
    return mine if mine is not None and late and signed_meanwhile(mine) else None


def holds_nothing(review: Review) -> bool:
    """No decision, no word, no mark: nobody would miss it."""
    if review.impression.strip() or review.notes.strip() or review.no_finding:
        return False
    rows = (review.findings, Measurement.objects, PriorMark.objects, ReportDraft.objects)
    kept = any(manager.filter(review=review).exists() for manager in rows)
    return not kept and not hasattr(review, "committed")


def late_read_end(*, review: Review, reader: User, version: int) -> None:
    """Keep a late read as it stands, beside the report and unsigned; one that holds nothing goes.

    Raises NotCommittable (nobody has signed, or a blind read that is not committed, or one that
    states nothing), VersionConflict, ReviewCompleted, NotYourReview.
    """
    require_writable(review, reader)
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=review.case_id)
        locked = Review.objects.select_for_update().get(pk=review.pk)
        if late_read(reader, locked.case) != locked:
            raise NotCommittable("Nobody else has signed this case.", code="not_signed")
        if holds_nothing(locked):
            locked.delete()
            return
        review_complete(review=locked, reader=reader, version=version)


def report_amend(
    *, case: Case, reader: User, reason: str, from_own: bool = False, version: int | None = None
) -> Review:
    """Open an amendment; a late read of the reader's own is ended first and kept.

    ``from_own``: it starts from that read and not from the signed report. ``version`` is that of
    the late read the reader saw. Raises NotAmendable, NotCommittable, VersionConflict,
    ReaderRefused.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=case.pk)
        own = late_read(reader, locked)
        if own is None:
            if from_own:
                raise NotAmendable("You have no open read to start from.", code="no_own_read")
            return review_amend(case=locked, reader=reader, reason=reason)
        if not SignedReport.objects.readable_by(reader).filter(case=locked).exists():
            message = "Commit or complete your own read first: then you may see what was signed."
            raise NotAmendable(message, code="own_read_open")
        if version is not None and version != own.version:
            raise VersionConflict(own)
        empty = holds_nothing(own)
        if from_own and empty:
            raise NotAmendable("Your read states nothing to start from.", code="no_own_read")
        late_read_end(review=own, reader=reader, version=own.version)
        start = Review.objects.get(pk=own.pk) if from_own else None
        return review_amend(case=locked, reader=reader, reason=reason, start_from=start)
