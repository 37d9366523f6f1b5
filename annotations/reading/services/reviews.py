"""Opening a read, writing its text, opening an amendment."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from annotations.errors import (
    NotAmendable,
    NotReadyToRead,
    NotYourReview,
    ReviewCompleted,
    VersionConflict,
)
from annotations.models import Finding, Review, SignedReport
from annotations.selectors import open_review
from cases.models import Case
from cases.workflow import advance
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import CLINICIAN, require_role

_READABLE = (Case.Status.PROPOSED, Case.Status.IN_REVIEW)


def review_open(*, case: Case, reader: User) -> Review:
    """The reader's open review of the case, made when there is none. Raises NotReadyToRead."""
    require_role(reader, CLINICIAN, case.department_id)
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=case.pk)
        mine = open_review(reader, locked)
        if mine is not None:
            return mine
        if locked.status in (Case.Status.SIGNED, Case.Status.AMENDED):
            raise ReviewCompleted
        if locked.status not in _READABLE:
            raise NotReadyToRead
        review = Review.objects.create(case=locked, reader=reader)
        advance(case_id=locked.pk, to=Case.Status.IN_REVIEW, actor=reader)
    return review


def review_amend(*, case: Case, reader: User, reason: str) -> Review:
    """Open an amendment that starts from the findings of the signed report. Raises NotAmendable."""
    require_role(reader, CLINICIAN, case.department_id)
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=case.pk)
        last = SignedReport.objects.filter(case=locked).order_by("-version").first()
        if last is None or not reason.strip():
            raise NotAmendable("Say why the signed report is amended." if last else "")
        others = Review.objects.filter(case=locked, state=Review.State.OPEN)
        mine = others.filter(reader=reader, amends=last).first()
        if mine is not None:
            return mine
        if others.exists():
            raise NotAmendable
        before = last.review
        review = Review.objects.create(
            case=locked,
            reader=reader,
            amends=last,
            amendment_reason=reason.strip()[:500],
            notes=before.notes,
            impression=before.impression,
            no_finding=before.no_finding,
        )
        _copy_findings(before, review)
    return review


def _copy_findings(before: Review, review: Review) -> None:
    """The amendment starts from what was signed; each copy is a row of its own."""
    kept = [
        field.attname
        for field in Finding._meta.concrete_fields
        if field.name not in ("id", "review", "detection", "version", "created_at", "updated_at")
    ]
    Finding.objects.bulk_create(
        Finding(review=review, **{name: getattr(finding, name) for name in kept})
        for finding in before.findings.all()
    )


def require_writable(review: Review, reader: User) -> None:
    """Raises NotYourReview, ReviewCompleted."""
    require_role(reader, CLINICIAN, review.case.department_id)
    if review.reader_id != reader.pk:
        raise NotYourReview
    if review.state != Review.State.OPEN:
        raise ReviewCompleted


def review_update(
    *,
    review: Review,
    reader: User,
    version: int,
    notes: str | None = None,
    impression: str | None = None,
    no_finding: bool | None = None,
) -> Review:
    """Save the text of an open review. Raises VersionConflict, ReviewCompleted, NotYourReview."""
    require_writable(review, reader)
    given = {"notes": notes, "impression": impression, "no_finding": no_finding}
    values = {name: value for name, value in given.items() if value is not None}
    changed = Review.objects.filter(pk=review.pk, version=version, state=Review.State.OPEN).update(
        **values, version=F("version") + 1
    )
    review.refresh_from_db()
    if not changed:
        raise (VersionConflict(review) if review.state == Review.State.OPEN else ReviewCompleted())
    return review
