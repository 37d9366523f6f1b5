"""Marks of comparison, saved one by one; they follow the rules of findings."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction

from annotations.errors import InvalidMark, VersionConflict
from annotations.models import Finding, PriorMark, Review
from annotations.reading.services.guarded import delete_seen, lock_open, update_seen
from annotations.reading.services.reviews import require_writable
from cxrportal.accounts.models import User


def prior_mark_create(
    *, review: Review, reader: User, client_id: UUID, finding: Finding, mark: str
) -> tuple[PriorMark, bool]:
    """Say how a finding of a prior changed, or that one's own is new; and whether that was new.

    The same ``client_id`` again, or the same word from another window, gives the row that is
    there; another word on a finding that has one raises VersionConflict. Raises InvalidMark,
    NotYourReview, ReviewCompleted.
    """
    require_writable(review, reader)
    known = _known(review, client_id, finding)
    if known is not None:
        return _same(known, client_id, mark), False
    _require_fitting(review, finding, mark)
    try:
        with transaction.atomic():
            lock_open(review)
            made = PriorMark.objects.create(
                review=review, finding=finding, client_id=client_id, mark=mark
            )
    except IntegrityError:  # the same request, or another window's, at once
        there = _known(review, client_id, finding)
        if there is None:
            raise
        return _same(there, client_id, mark), False
    return made, True


def prior_mark_update(*, mark: PriorMark, reader: User, version: int, word: str) -> PriorMark:
    """Another word. Raises VersionConflict, InvalidMark, ReviewCompleted, NotYourReview."""
    require_writable(mark.review, reader)
    _require_fitting(mark.review, mark.finding, word)
    return update_seen(mark, mark.review, version=version, columns={"mark": word})


def prior_mark_delete(*, mark: PriorMark, reader: User, version: int) -> None:
    """Take the word back. Raises VersionConflict, ReviewCompleted, NotYourReview."""
    require_writable(mark.review, reader)
    delete_seen(mark, mark.review, version=version)


def _known(review: Review, client_id: UUID, finding: Finding) -> PriorMark | None:
    rows = PriorMark.objects.filter(review=review).select_related("finding", "review")
    return rows.filter(client_id=client_id).first() or rows.filter(finding=finding).first()


def _same(known: PriorMark, client_id: UUID, mark: str) -> PriorMark:
    if known.client_id != client_id and known.mark != mark:
        raise VersionConflict(known)
    return known


def _require_fitting(review: Review, finding: Finding, mark: str) -> None:
    """NEW on a finding of this read; the others on a stated, frozen one of another study of the
    same patient.
    """
    own = finding.review_id == review.pk
    if own != (mark == PriorMark.Mark.NEW):
        raise InvalidMark("New is for findings of this read, the other words for prior ones.")
    same_patient = finding.case.patient_id == review.case.patient_id
    frozen = finding.review is not None and finding.review.state == Review.State.COMPLETED
    if not own and (finding.case_id == review.case_id or not same_patient or not frozen):
        raise InvalidMark
