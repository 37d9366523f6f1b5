"""Opening a read, writing its text, opening an amendment."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F

from annotations.errors import (
    NotAmendable,
    NotReadyToRead,
    NotYourReview,
    ReaderRefused,
    ReadsComplete,
    ReviewCompleted,
    VersionConflict,
)
from annotations.models import (
    Finding,
    Measurement,
    PriorMark,
    ReportDraft,
    Review,
    SignedReport,
)
from annotations.selectors import completed_reads, may_read, open_review, reads_needed
from cases.models import Case
from cases.workflow import advance
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import CLINICIAN, require_role

_READABLE = (Case.Status.PROPOSED, Case.Status.IN_REVIEW)
_TEXTS = ("technique", "comparison", "findings", "findings_prefilled", "recommendation")
_NOT_COPIED = ("id", "review", "detection", "version", "created_at", "updated_at")


def review_open(*, case: Case, reader: User) -> Review:
    """The reader's open review of the case, made when there is none.

    The first one fixes how many reads the case gets. Raises NotReadyToRead, ReviewCompleted,
    ReaderRefused, ReadsComplete.
    """
    _require_reader(reader, case)
    with transaction.atomic():
        locked = Case.objects.select_for_update().select_related("department").get(pk=case.pk)
        mine = open_review(reader, locked)
        if mine is not None:
            return mine
        if locked.status in (Case.Status.SIGNED, Case.Status.AMENDED):
            raise ReviewCompleted
        if locked.status not in _READABLE:
            raise NotReadyToRead
        _require_another_read(locked, reader)
        review = Review.objects.create(case=locked, reader=reader)
        advance(case_id=locked.pk, to=Case.Status.IN_REVIEW, actor=reader)
    return review


def _require_reader(reader: User, case: Case) -> None:
    """Raises NotAllowed, ReaderRefused."""
    require_role(reader, CLINICIAN, case.department_id)
    if not may_read(reader, case):
        raise ReaderRefused


def _require_another_read(case: Case, reader: User) -> None:
    """Fixes the number of reads. Raises ReviewCompleted, ReadsComplete."""
    done = completed_reads(case)
    if done.filter(reader=reader).exists():
        raise ReviewCompleted("You have completed your read of this case.")
    if done.exists() and done.count() >= reads_needed(case):
        raise ReadsComplete
    if case.reads_needed is None:
        Case.objects.filter(pk=case.pk).update(reads_needed=reads_needed(case))


def review_amend(
    *, case: Case, reader: User, reason: str, start_from: Review | None = None
) -> Review:
    """Open an amendment that starts from the findings of the signed report, or of ``start_from``.

    Raises NotAmendable, ReaderRefused.
    """
    _require_reader(reader, case)
    with transaction.atomic():
        locked = Case.objects.select_for_update().select_related("department").get(pk=case.pk)
        last = SignedReport.objects.filter(case=locked).order_by("-version").first()
        if last is None or not reason.strip():
            raise NotAmendable("Say why the signed report is amended." if last else "")
        others = Review.objects.filter(case=locked, state=Review.State.OPEN)
        mine = others.filter(reader=reader, amends=last).first()
        if mine is not None:
            return mine
        if others.reads().filter(reader=reader).exists():
            raise NotAmendable("Finish your own read of this case first.")
        # a read that comes too late is never signed, so it stands in nobody's way
        if others.exclude(pk__in=others.reads()).exists():
            raise NotAmendable
        before = start_from or last.review
        review = Review.objects.create(
            case=locked,
            reader=reader,
            kind=last.review.kind,
            amends=last,
            amendment_reason=reason.strip()[:500],
            notes=before.notes,
            impression=before.impression,
            no_finding=before.no_finding,
        )
        copy_stated(before, review)
        if start_from is None:
            _copy_text(last, review)
        else:
            _copy_draft(start_from, review)
    return review


def copy_stated(before: Review, review: Review) -> None:
    """An amendment starts from what was signed; each copy is a row of its own."""
    Finding.objects.bulk_create(
        Finding(review=review, **_kept(finding)) for finding in before.findings.all()
    )
    Measurement.objects.bulk_create(
        Measurement(review=review, **_kept(measured)) for measured in before.measurements.all()
    )
    own = {finding.client_id: finding for finding in review.findings.all()}
    for marked in before.prior_marks.select_related("finding"):
        was_own = marked.finding.review_id == before.pk
        finding = own[marked.finding.client_id] if was_own else marked.finding
        PriorMark.objects.create(review=review, finding=finding, mark=marked.mark)


def _copy_text(signed: SignedReport, review: Review) -> None:
    """The sections as they were signed; versions from before there were sections have none."""
    text = signed.content.get("findings_text")
    if text is None:
        return
    old = ReportDraft.objects.filter(review=signed.review_id).first()
    ReportDraft.objects.create(
        review=review,
        findings=text,
        findings_prefilled=old.findings_prefilled.strip() if old else text,
        **{name: signed.content[name] for name in ("technique", "comparison", "recommendation")},
    )


def _copy_draft(before: Review, review: Review) -> None:
    """The sections as their reader left them; none where nobody wrote any."""
    for draft in ReportDraft.objects.filter(review=before):
        ReportDraft.objects.create(review=review, **{name: getattr(draft, name) for name in _TEXTS})


def _kept(row: Finding | Measurement) -> dict[str, Any]:
    names = [f.attname for f in row._meta.concrete_fields if f.name not in _NOT_COPIED]
    return {name: getattr(row, name) for name in names}


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
