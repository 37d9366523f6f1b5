"""Who sees which findings, and what is still to be proposed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from annotations.models import Finding, Review
from cases.models import Case
from cxrportal.accounts.models import User
from inference.models import InferenceRun
from inference.selectors import case_is_analysed

ENDED = (InferenceRun.State.DONE, InferenceRun.State.FAILED)


def runs_to_propose(case_id: UUID | None) -> Any:
    """Analyses that ended and whose findings were not yet put before a reader."""
    runs = InferenceRun.objects.filter(state__in=ENDED, proposed_at__isnull=True)
    return runs.filter(image__case_id=case_id) if case_id else runs


def case_is_proposed(case: Case) -> bool:
    return case_is_analysed(case) and not runs_to_propose(case.pk).exists()


def model_is_hidden(user: User, case: Case) -> bool:
    """Blind reads: nothing of the model or of others is shown before one's own read is done."""
    return (
        case.department.blind_reads
        and not Review.objects.filter(case=case, reader=user, state=Review.State.COMPLETED).exists()
    )


def findings_visible_to(user: User) -> QuerySet[Finding]:
    """Which findings exist for ``user``: pages, lists, sort orders and API ask here.

    One's own always; completed reads and the model's proposals where reads are open, or once one's
    own read of the case is completed.
    """
    done = Review.objects.filter(reader=user, state=Review.State.COMPLETED).values("case")
    open_reads = Q(case__department__blind_reads=False) | Q(case__in=done)
    others = Q(review__state=Review.State.COMPLETED) | Q(review__isnull=True)
    return Finding.objects.visible_to(user).filter(Q(review__reader=user) | (open_reads & others))


def visible_findings(user: User, case: Case) -> QuerySet[Finding]:
    """What ``user`` may see of one case."""
    return findings_visible_to(user).filter(case=case)


def open_review(user: User, case: Case) -> Review | None:
    return Review.objects.filter(case=case, reader=user, state=Review.State.OPEN).first()


def latest_review(user: User, case: Case) -> Review | None:
    """The user's open review, else the last completed one."""
    return open_review(user, case) or Review.objects.filter(case=case, reader=user).first()


def box_of(finding: Finding) -> tuple[float, float, float, float] | None:
    """xyxy in original image pixels, or none for a finding of the whole image."""
    x_min, y_min, x_max, y_max = finding.x_min, finding.y_min, finding.x_max, finding.y_max
    if x_min is None or y_min is None or x_max is None or y_max is None:
        return None
    return x_min, y_min, x_max, y_max
