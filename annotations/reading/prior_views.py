"""A prior study as the reading room shows it: images without a model, and what was signed."""

from __future__ import annotations

from typing import Any

from annotations.models import Finding, PriorMark, Review
from annotations.priors import interval_in_words, priors_of, signed_findings
from annotations.selectors import box_of, visible_findings
from cases.models import Case, Image
from cases.presentation import image_json
from cxrportal.accounts.models import User
from inference.presentation import NAMES

PRIORS_SHOWN = 20


def priors_json(user: User, case: Case) -> list[dict[str, Any]]:
    """The studies to choose from, newest first."""
    others = priors_of(case, user).prefetch_related("images")[:PRIORS_SHOWN]
    return [_line(case, prior) for prior in others]


def prior_json(user: User, case: Case, prior: Case) -> dict[str, Any]:
    """Images, and the findings of the last signed report that ``user`` may see."""
    visible = set(visible_findings(user, prior).values_list("pk", flat=True))
    signed = [finding for finding in signed_findings(prior) if finding.pk in visible]
    images = Image.objects.filter(case=prior).order_by("created_at", "id")
    return _line(case, prior) | {
        "signed": prior.status in (Case.Status.SIGNED, Case.Status.AMENDED),
        "images": [image_json(image) | {"analysis": None} for image in images],
        "findings": [_finding(finding) for finding in signed],
    }


def marks_json(review: Review | None) -> list[dict[str, Any]]:
    rows = PriorMark.objects.filter(review=review).select_related("finding") if review else []
    return [mark_json(row) for row in rows]


def mark_json(row: PriorMark) -> dict[str, Any]:
    """``own``: the finding's client id where it is one of the same read, else null."""
    own = row.finding.review_id == row.review_id
    return {
        "id": str(row.pk),
        "client_id": str(row.client_id),
        "review": str(row.review_id),
        "finding": str(row.finding_id),
        "own": str(row.finding.client_id) if own else None,
        "mark": row.mark,
        "version": row.version,
    }


def _line(case: Case, prior: Case) -> dict[str, Any]:
    pictures = [f"/api/v1/images/{i.pk}/thumbnail/" for i in prior.images.all() if i.thumbnail_key]
    return {
        "case": str(prior.pk),
        "study_date": prior.study_date.isoformat() if prior.study_date else None,
        "interval": interval_in_words(prior.study_date, case.study_date),
        "status": prior.status,
        "thumbnail_url": pictures[0] if pictures else "",
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": str(finding.pk),
        "image": str(finding.image_id),
        "label": finding.label,
        "name": NAMES.get(finding.label, finding.label),
        "box": box_of(finding),
        "laterality": finding.laterality,
        "certainty": finding.certainty,
        "comment": finding.comment,
    }
