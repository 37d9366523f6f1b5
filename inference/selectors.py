"""What is due for analysis, and what the active model is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from cases.models import Case, Image
from inference.models import InferenceRun, ModelActivation, ModelVersion, PromotionCheck

SHADOW_AT_ONCE = 2


def active_model() -> ModelVersion | None:
    return ModelVersion.objects.filter(stage=ModelVersion.Stage.ACTIVE).first()


def ended_check(candidate: ModelVersion, active: ModelVersion) -> PromotionCheck | None:
    """The newest comparison of these two that came to an end, well or badly."""
    checks = PromotionCheck.objects.filter(candidate=candidate, active=active)
    ended = checks.filter(state__in=(PromotionCheck.State.DONE, PromotionCheck.State.FAILED))
    return ended.order_by("-created_at").first()


def previous_model(model: ModelVersion) -> ModelVersion | None:
    """Which model was active before this one first took over; a rollback to it does not count."""
    took_over = ModelActivation.objects.filter(model=model).exclude(
        kind=ModelActivation.Kind.ROLLBACK
    )
    last = took_over.select_related("previous").order_by("-id").first()
    return last.previous if last else None


def images_without_run(case_id: UUID | None) -> Any:
    """Prepared images that no model has been asked to look at, for somebody to see it."""
    asked = InferenceRun.objects.filter(image=OuterRef("pk"))
    images = Image.objects.filter(~Exists(asked), state=Image.State.DONE)
    return images.filter(case_id=case_id) if case_id else images


def runs_to_infer(case_id: UUID | None) -> Any:
    """Runs that are due, of one case or of all."""
    runs = InferenceRun.objects.due()
    return runs.filter(image__case_id=case_id) if case_id else runs


def images_for_shadow(model: ModelVersion) -> Any:
    """Ids of images that the shown model has read since this one is in shadow, oldest first."""
    looked = InferenceRun.with_shadow.filter(image=OuterRef("image_id"), model_version=model)
    shown = InferenceRun.objects.filter(
        ~Exists(looked),
        state=InferenceRun.State.DONE,
        model_version__isnull=False,
        finished_at__gte=model.shadow_since,
    )
    return shown.order_by("finished_at").values_list("image_id", flat=True)


def shadow_runs_to_infer(case_id: UUID | None) -> Any:
    """Shadow runs that are due: two at a time, and none while a shown one waits for its turn."""
    waiting = InferenceRun.objects.filter(state=InferenceRun.State.WAITING)
    if case_id or waiting.exists():
        return InferenceRun.with_shadow.none()
    due = InferenceRun.with_shadow.due().filter(shadow=True, model_version__shadow=True)
    first = list(due.order_by("created_at").values_list("pk", flat=True)[:SHADOW_AT_ONCE])
    return InferenceRun.with_shadow.filter(pk__in=first)


def latest_run(image: Image) -> InferenceRun | None:
    newest: InferenceRun | None = image.runs.order_by("-created_at").first()
    return newest


def case_is_analysed(case: Case) -> bool:
    """Whether every image that could be prepared has a run that ended, well or badly."""
    return not (
        images_without_run(case.pk).exists()
        or case.images.unfinished().exists()
        or InferenceRun.objects.unfinished().filter(image__case=case).exists()
    )
