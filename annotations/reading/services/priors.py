"""Marks of comparison, saved one by one; they follow the rules of findings."""

from __future__ import annotations

from django.db import transaction

from annotations.errors import InvalidMark
from annotations.models import Finding, PriorMark, Review
from annotations.reading.services.guarded import lock_open
from annotations.reading.services.reviews import require_writable
from cxrportal.accounts.models import User


def prior_mark_set(*, review: Review, reader: User, finding: Finding, mark: str) -> None:
    """Say how a finding of a prior changed, or that one's own is new; "" takes the word back.

    The same again changes nothing. Raises InvalidMark, NotYourReview, ReviewCompleted.
    """
    require_writable(review, reader)
    own = finding.review_id == review.pk
    if mark and own != (mark == PriorMark.Mark.NEW):
        raise InvalidMark("New is for findings of this read, the other words for prior ones.")
    if not own:
        _require_prior(review, finding)
    with transaction.atomic():
        lock_open(review)
        if mark:
            PriorMark.objects.update_or_create(
                review=review, finding=finding, defaults={"mark": mark}
            )
        else:
            PriorMark.objects.filter(review=review, finding=finding).delete()


def _require_prior(review: Review, finding: Finding) -> None:
    """A stated, frozen finding of another study of the same patient."""
    same_patient = finding.case.patient_id == review.case.patient_id
    frozen = finding.review is not None and finding.review.state == Review.State.COMPLETED
    if finding.case_id == review.case_id or not same_patient or not frozen:
        raise InvalidMark
