"""What the model put out becomes what a reader is asked about."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from annotations.models import Finding
from annotations.selectors import ENDED, case_is_proposed
from annotations.worklist.triage import Found, triage_of
from cases.models import Case
from cases.services.cases import case_rank
from cases.workflow import advance
from inference.models import Detection, InferenceRun
from inference.predict.labels import vocabulary_code


def findings_propose(*, run_id: UUID) -> None:
    """Write the proposals of one ended run and let its case move on. Safe to run twice."""
    with transaction.atomic():
        run = (
            InferenceRun.objects.select_for_update(of=("self",))
            .select_related("image")
            .get(pk=run_id)
        )
        if run.state not in ENDED:
            return
        if run.proposed_at is None:
            Finding.objects.bulk_create(
                [_proposal(run, found) for found in _over_threshold(run)], ignore_conflicts=True
            )
            InferenceRun.objects.filter(pk=run_id).update(proposed_at=timezone.now())
        case_settle(case_id=run.image.case_id)


def case_settle(*, case_id: UUID) -> None:
    """Open the case to readers when nothing is left to propose."""
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case_id)
        ready = case.status == Case.Status.ANALYSED and case_is_proposed(case)
        if ready:
            case_rank(case_id=case_id, triage=triage_of(_found(case_id)))
        advance(case_id=case_id, to=Case.Status.PROPOSED if ready else case.status)


def _found(case_id: UUID) -> list[Found]:
    proposed = Finding.objects.proposed().filter(case=case_id, detection__isnull=False)
    rows = proposed.values_list("label", "detection__score", "detection__threshold")
    return [Found(*row) for row in rows]


def _over_threshold(run: InferenceRun) -> list[Detection]:
    """Every box over its threshold, and each label over threshold that has no such box."""
    over = [d for d in run.detections.all() if d.score >= d.threshold]
    boxed = {d.label for d in over if d.x_min is not None}
    return [d for d in over if d.x_min is not None or d.label not in boxed]


def _proposal(run: InferenceRun, found: Detection) -> Finding:
    return Finding(
        case_id=run.image.case_id,
        image_id=run.image_id,
        detection=found,
        decision=Finding.Decision.PROPOSED,
        label=vocabulary_code(found.label),
        x_min=found.x_min,
        y_min=found.y_min,
        x_max=found.x_max,
        y_max=found.y_max,
        certainty=Finding.Certainty.POSSIBLE,
    )
