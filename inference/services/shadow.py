"""A candidate beside the active model: it looks at new images, and nobody is shown what it says."""

from __future__ import annotations

from django.utils import timezone

from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import NotAllowed, is_administrator
from cxrportal.common.errors import PortalError
from inference.models import InferenceRun, ModelVersion
from inference.selectors import images_for_shadow

BATCH = 20


class ShadowRefused(PortalError):
    code = "shadow_refused"
    http_status = 409
    default_message = "Only a candidate can look in shadow."


def shadow_switch(*, model: ModelVersion, actor: User, on: bool) -> None:
    """Raises NotAllowed, or ShadowRefused for a model that is or was active."""
    if not is_administrator(actor):
        raise NotAllowed
    candidates = ModelVersion.objects.filter(pk=model.pk, stage=ModelVersion.Stage.CANDIDATE)
    since = timezone.now() if on else None
    if not candidates.update(shadow=on, shadow_since=since):
        raise ShadowRefused
    if not on:
        waiting = InferenceRun.with_shadow.filter(model_version=model, shadow=True)
        waiting.filter(state=InferenceRun.State.WAITING).delete()


def shadow_runs_ensure() -> None:
    """A run for each image that the active model has read since a shadow was switched on."""
    for model in ModelVersion.objects.filter(shadow=True):
        for image_id in list(images_for_shadow(model)[:BATCH]):
            InferenceRun.with_shadow.get_or_create(
                image_id=image_id, model_version=model, defaults={"shadow": True}
            )
