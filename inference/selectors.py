"""What is due for analysis, and what the active model is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cases.models import Case, Image
from inference.models import InferenceRun, ModelVersion


def active_model() -> ModelVersion | None:
    return ModelVersion.objects.filter(stage=ModelVersion.Stage.ACTIVE).first()


def images_without_run(case_id: UUID | None) -> Any:
    """Prepared images that no model has been asked to look at."""
    images = Image.objects.filter(state=Image.State.DONE, runs__isnull=True)
    return images.filter(case_id=case_id) if case_id else images


def runs_to_infer(case_id: UUID | None) -> Any:
    """Runs that are due, of one case or of all."""
    runs = InferenceRun.objects.due()
    return runs.filter(image__case_id=case_id) if case_id else runs


def latest_run(image: Image) -> InferenceRun | None:
    return InferenceRun.objects.filter(image=image).order_by("-created_at").first()


def case_is_analysed(case: Case) -> bool:
    """Whether every image that could be prepared has a run that ended, well or badly."""
    return not (
        images_without_run(case.pk).exists()
        or case.images.unfinished().exists()
        or InferenceRun.objects.unfinished().filter(image__case=case).exists()
    )
