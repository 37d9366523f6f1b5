"""Where a read stands: blind, committed, one of several, and what changed since its commit."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from annotations.adjudication.selectors import may_compare, unsettled
from annotations.comparison.changes import Change, read_changes
from annotations.comparison.types import StatedFinding
from annotations.models import Review, SignedReport
from annotations.selectors import (
    committed_read,
    completed_reads,
    consensus_review,
    is_adjudicator,
    model_is_hidden,
    reads_blind,
    reads_needed,
    signed_meanwhile,
    stated_read,
    unsigned_consensus,
)
from cases.models import Case
from cxrportal.accounts.models import User
from inference.presentation import NAMES


def read_json(user: User, case: Case, review: Review | None) -> dict[str, Any]:
    """Of others it says how many reads are completed, never what they state."""
    needed, done = reads_needed(case), completed_reads(case).count()
    mine = review is not None and review.state == Review.State.OPEN and is_own_read(review)
    hidden = model_is_hidden(user, case)
    before = getattr(review, "committed", None) if review else None
    compares = may_compare(user, case)
    settable = is_adjudicator(user, case) and not Review.objects.filter(case=case).exists()
    return {
        "kind": review.kind if review else None,
        "blind": reads_blind(case),
        "hidden": hidden,
        "needed": needed,
        "completed": done,
        "consensus": consensus_review(case) is not None,
        "unsettled": unsettled(review) if review else 0,
        "committed_at": before.at.isoformat() if before else None,
        "may_commit": mine and hidden and not case.is_archived,
        "may_complete": mine and needed > 1 and not hidden and not case.is_archived,
        "changes": changes_json(review) if review else None,
        "signed_meanwhile": _version_json(signed_meanwhile(review)) if mine and review else None,
        "urls": {
            "adjudicate": reverse("adjudication:case", args=[case.pk]) if compares else "",
            "mine": reverse("adjudication:mine"),
            "setting": reverse("adjudication:setting", args=[case.pk]) if settable else "",
        },
    }


def _version_json(report: SignedReport | None) -> dict[str, Any] | None:
    """Who signed, not what: it is told to blind readers too."""
    if report is None:
        return None
    at = report.signed_at.isoformat()
    return {"version": report.version, "signed_by": str(report.signed_by), "signed_at": at}


def is_own_read(review: Review) -> bool:
    """Neither an amendment nor a consensus."""
    return review.kind == Review.Kind.READ and review.amends_id is None


def may_be_compared(review: Review) -> bool:
    """Its reader looks at what others found: in a read that is open they would only disturb."""
    committed = getattr(review, "committed", None) is not None
    return review.state == Review.State.COMPLETED or committed or not is_own_read(review)


def leads_to_signing(user: User, case: Case, review: Review | None) -> bool:
    """Whether the way on is a signature: not in a read that is yet to be committed or compared."""
    if review is not None and review.state == Review.State.COMPLETED:
        return unsigned_consensus(user, case) is not None
    if review is None or is_own_read(review):
        return reads_needed(case) == 1 and not model_is_hidden(user, case)
    return not unsettled(review)


def changes_json(review: Review) -> dict[str, Any] | None:
    """None for a read that was not committed."""
    before = committed_read(review)
    if before is None:
        return None
    changes = read_changes(before, stated_read(review))
    return {
        "findings": [_change(change) for change in changes.findings],
        "no_finding": changes.no_finding,
        "impression": changes.impression,
        "before": {
            "findings": [_stated(finding) for finding in before.findings],
            "no_finding": before.no_finding,
            "impression": before.impression,
        },
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "before": _stated(change.before) if change.before else None,
        "after": _stated(change.after) if change.after else None,
        "iou": round(change.iou, 2) if change.iou is not None else None,
    }


def _stated(finding: StatedFinding) -> dict[str, Any]:
    return {
        "image": finding.image,
        "label": finding.label,
        "name": NAMES.get(finding.label, finding.label),
        "box": finding.box,
    }
