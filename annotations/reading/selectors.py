"""Everything the reading room shows, in one answer and a fixed number of queries."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from annotations.models import Finding, Measurement, Review
from annotations.reading.presentation import measurement_json
from annotations.reading.prior_views import marks_json, priors_json
from annotations.reading.reads import is_own_read, leads_to_signing, may_be_compared, read_json
from annotations.selectors import (
    box_of,
    latest_review,
    measurements_visible_to,
    model_is_hidden,
    needs_read_of,
    visible_findings,
)
from cases.models import Case, Image
from cases.presentation import image_json
from cxrportal.accounts.models import User
from inference.models import InferenceRun
from inference.predict.labels import VOCABULARY
from inference.presentation import NAMES, run_json
from patients.age import age_on
from patients.models import Patient


def reading_json(user: User, case: Case) -> dict[str, Any]:
    """The JSON of ``GET /api/v1/cases/{id}/reading/`` (docs/api.md)."""
    hidden = model_is_hidden(user, case)
    review = latest_review(user, case)
    findings = list(
        visible_findings(user, case)
        .select_related("detection", "review__reader")
        .order_by("created_at", "id")
    )
    # a superseded read stays in its report; the page shows the reader's present one
    stated = [f for f in findings if f.review_id and _is_current(f, review, user)]
    return {
        "case": _case(case) | {"flagged": case.flags.filter(user=user).exists()},
        "patient": _patient(case.patient, case.study_day),
        "priors": priors_json(user, case),
        "prior_marks": marks_json(review),
        "images": [_image(image, hidden=hidden) for image in _images(case)],
        "model_findings": [_proposal(f) for f in findings if f.review_id is None],
        "review": review_json(review) if review else None,
        "findings": [finding_json(f, user) for f in stated],
        "measurements": _measurements(user, case, review),
        "vocabulary": [{"code": term.code, "name": term.name} for term in VOCABULARY],
        "reject_reasons": [
            {"code": code, "name": name} for code, name in Finding.RejectReason.choices if code
        ],
        "read": read_json(user, case, review),
        "may": _may(case, review, user),
        "urls": _urls(case) | ({} if leads_to_signing(user, case, review) else {"sign": ""}),
    }


def _measurements(user: User, case: Case, review: Review | None) -> list[dict[str, Any]]:
    visible = measurements_visible_to(user).filter(case=case)
    rows = visible.select_related("review__reader", "image").order_by("created_at", "id")
    return [measurement_json(row, user) for row in rows if _is_current(row, review, user)]


def _is_current(finding: Finding | Measurement, review: Review | None, user: User) -> bool:
    if finding.review is None:
        return False
    if finding.review.reader_id == user.pk:
        return review is not None and finding.review_id == review.pk
    return review is None or may_be_compared(review)


def _images(case: Case) -> list[Image]:
    return list(Image.objects.filter(case=case).order_by("created_at", "id"))


def _image(image: Image, *, hidden: bool) -> dict[str, Any]:
    run = (
        InferenceRun.objects.filter(image=image)
        .select_related("model_version", "heatmap", "lungmask")
        .prefetch_related("detections")
        .order_by("-created_at")
        .first()
    )
    return image_json(image) | {"analysis": run_json(run, hidden=hidden) if run else None}


def _case(case: Case) -> dict[str, Any]:
    return {
        "id": str(case.pk),
        "accession_number": case.accession_number,
        "status": case.status,
        "priority": case.get_priority_display(),
        "study_date": case.study_date.isoformat() if case.study_date else None,
        "clinical_question": case.clinical_question,
        "department": case.department.name,
        "version": case.version,
        "is_synthetic": case.is_synthetic,
        "archived": case.is_archived,
    }


def _patient(patient: Patient, on: date) -> dict[str, Any]:
    """``age_years`` as it was ``on`` the day of the study: that is what the image shows."""
    return {
        "id": str(patient.pk),
        "name": patient.name,
        "mrn": patient.mrn or patient.claimed_mrn,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "age_years": age_on(patient.birth_date, on),
        "sex": patient.sex,
        "confirmed": patient.confirmed,
    }


def _proposal(finding: Finding) -> dict[str, Any]:
    detection = finding.detection
    return {
        "id": str(finding.pk),
        "image": str(finding.image_id),
        "label": finding.label,
        "name": NAMES[finding.label],
        "score": detection.score if detection else None,
        "threshold": detection.threshold if detection else None,
        "box": box_of(finding),
    }


def review_json(review: Review) -> dict[str, Any]:
    return {
        "id": str(review.pk),
        "case": str(review.case_id),
        "version": review.version,
        "kind": review.kind,
        "state": review.state,
        "notes": review.notes,
        "impression": review.impression,
        "no_finding": review.no_finding,
        "amends": str(review.amends_id) if review.amends_id else None,
        "amendment_reason": review.amendment_reason,
    }


def finding_json(finding: Finding, user: User) -> dict[str, Any]:
    """One decision or own finding of a reader."""
    reader = finding.review.reader if finding.review else None
    return {
        "id": str(finding.pk),
        "client_id": str(finding.client_id),
        "image": str(finding.image_id),
        "review": str(finding.review_id) if finding.review_id else None,
        "proposal": str(finding.proposal_id) if finding.proposal_id else None,
        "decision": finding.decision,
        "label": finding.label,
        "name": NAMES.get(finding.label, finding.label),
        "box": box_of(finding),
        "laterality": finding.laterality,
        "certainty": finding.certainty,
        "comment": finding.comment,
        "reject_reason": finding.reject_reason,
        "version": finding.version,
        "mine": reader is not None and reader.pk == user.pk,
        "reader": str(reader) if reader else "",
    }


def _may(case: Case, review: Review | None, user: User) -> dict[str, bool]:
    mine_open = review is not None and review.state == Review.State.OPEN
    readable = mine_open or needs_read_of(user).filter(pk=case.pk).exists()
    signable = review is not None and leads_to_signing(user, case, review)
    signed = case.status in (Case.Status.SIGNED, Case.Status.AMENDED)
    late = signed and mine_open and review is not None and is_own_read(review)
    return {
        "read": readable and not case.is_archived,
        "sign": signable and not late and case.patient.confirmed and not case.is_archived,
        "confirm_patient": not case.patient.confirmed,
        "amend": signed and not mine_open,
    }


def _urls(case: Case) -> dict[str, str]:
    room = reverse("reading:room", args=[case.pk])
    return {
        "report": reverse("reports:latest", args=[case.pk]),
        "sign": reverse("reports:sign", args=[case.pk]),
        "preview": reverse("reports:preview", args=[case.pk]),
        "amend": reverse("reports:amend", args=[case.pk]),
        "case": reverse("chart:detail", args=[case.patient_id]),
        "confirm": f"{reverse('chart:confirm', args=[case.patient_id])}?next={room}",
        "next": reverse("reading:next", args=[case.pk]),
        "previous": reverse("reading:previous", args=[case.pk]),
    }


def progress_json(case: Case) -> dict[str, Any]:
    """Where each image stands; asked for every second or two, so it is small."""
    runs = {
        run.image_id: run
        for run in InferenceRun.objects.filter(image__case=case).order_by("created_at")
    }
    return {
        "status": case.status,
        "images": [_progress(image, runs.get(image.pk)) for image in _images(case)],
    }


def _progress(image: Image, run: InferenceRun | None) -> dict[str, Any]:
    return {
        "id": str(image.pk),
        "ingest_state": image.state,
        "analysis_state": run.state if run else "WAITING",
        "code": image.code or (run.code if run else ""),
        "message": image.message or (run.message if run else ""),
    }


def next_json(case: Case | None) -> dict[str, Any]:
    """The addresses of the next case's pixels, to be fetched ahead; empty where none waits."""
    images = _images(case) if case else []
    return {
        "case": str(case.pk) if case else None,
        "pixels": [f"/api/v1/images/{image.pk}/pixels/" for image in images if image.pixels_key],
    }
