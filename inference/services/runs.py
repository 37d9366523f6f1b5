"""Asking for an analysis, and asking again."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from cases.models import Case, Image
from cases.workflow import advance
from cxrportal.accounts.models import User
from inference.models import InferenceRun
from inference.selectors import active_model, images_without_run


def runs_ensure(*, case_id: UUID | None) -> None:
    """Give every prepared image its run with the active model. Safe to run twice."""
    model = active_model()
    for image_id in list(images_without_run(case_id).values_list("pk", flat=True)[:500]):
        InferenceRun.objects.get_or_create(image_id=image_id, model_version=model)


def run_retry(*, run: InferenceRun, actor: User) -> InferenceRun:
    """Analyse again after a failure, with the model that is active now. A finished run stays."""
    model = active_model() or run.model_version
    with transaction.atomic():
        if model is not None and run.model_version_id is None:
            InferenceRun.objects.filter(pk=run.pk, model_version=None).update(model_version=model)
        InferenceRun.objects.filter(pk=run.pk, state=InferenceRun.State.FAILED).update(
            state=InferenceRun.State.WAITING,
            nudged_at=None,
            proposed_at=None,
            attempts=0,
            code="",
            message="",
            quality={},
        )
        image = Image.objects.select_related("case").get(pk=run.image_id)
        case = Case.objects.get(pk=image.case_id)
        advance(case_id=case.pk, to=case.status, actor=actor, reason="analysis_retried")
    run.refresh_from_db()
    return run
