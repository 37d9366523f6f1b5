"""Which checkpoints there are, which one is active, and whether its files are what they were."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cxrportal.accounts.models import User
from cxrportal.common.errors import PortalError
from inference.models import ModelActivation, ModelVersion, PromotionCheck
from inference.networks.files import checkpoint_sha256
from inference.predict.labels import vocabulary_code
from inference.services.store import store_put

SHIPPED = settings.BASE_DIR / "inference" / "weights"
SHIPPED_MODEL = SHIPPED / "cxr-mobilenetv2-multitask"


class ModelNotFound(PortalError):
    code = "model_not_found"
    http_status = 404
    default_message = "There is no model with this name or hash."


def model_add(*, path: Path = SHIPPED_MODEL) -> ModelVersion:
    """Register a checkpoint after loading it once. The same files again give the same row.

    One that came with the application is copied to MODEL_DIR first: the next version
    of the application replaces it, and what is active, or was and may be again, must stay.
    Raises what loading raises: model_missing, model_corrupt; and label_unknown.
    """
    # heavy: torch, which only registering and the inference worker need
    from inference.predict.predictor import Predictor

    folder = path.resolve()
    sha256 = checkpoint_sha256(folder)
    known = ModelVersion.objects.filter(sha256=sha256).first()
    if known is not None:
        return known
    if folder.is_relative_to(SHIPPED):
        folder = store_put(partial(shutil.copytree, folder, dirs_exist_ok=True), sha256=sha256)
    predictor = Predictor.load(folder, sha256=sha256, device="cpu")
    about = predictor.description
    for label in (*about.labels, *predictor.box_labels):
        vocabulary_code(label)  # what has no term cannot be shown, read or reported
    return ModelVersion.objects.create(
        name=about.name,
        version=about.version,
        sha256=sha256,
        path=_portable(folder),
        labels=list(about.labels),
        thresholds=list(about.thresholds),
        metrics=dict(about.metrics),
        calibrated=about.calibration is not None,
        calibration=None if about.calibration is None else asdict(about.calibration),
        card=about.card,
    )


def model_folder(model: ModelVersion) -> Path:
    """Where the checkpoint lies; one below the portal's own folder wherever that is installed."""
    return settings.BASE_DIR / model.path


def _portable(folder: Path) -> str:
    inside = folder.is_relative_to(settings.BASE_DIR)
    return str(folder.relative_to(settings.BASE_DIR) if inside else folder)


class ActiveChanged(PortalError):
    code = "active_model_changed"
    http_status = 409
    default_message = "Another model became active meanwhile. Compare with it first."


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a model becomes the active one; kept as a row."""

    kind: str = ModelActivation.Kind.SHELL
    actor: User | None = None
    check: PromotionCheck | None = None
    reason: str = ""


def model_activate(*, model: ModelVersion, decision: Decision | None = None) -> ModelVersion:
    """Make this the one model that new images are analysed with. Raises what loading raises.

    Only the mechanism: whether it may be is asked in ``services.promotion``.
    """
    # heavy: torch
    from inference.predict.predictor import Predictor

    why = decision or Decision()
    Predictor.load(model_folder(model), sha256=model.sha256, device="cpu")
    with transaction.atomic():
        rows = ModelVersion.objects.select_for_update().filter(stage=ModelVersion.Stage.ACTIVE)
        previous = rows.first()
        if why.check is not None and (previous is None or previous.pk != why.check.active_id):
            raise ActiveChanged
        rows.exclude(pk=model.pk).update(stage=ModelVersion.Stage.RETIRED)
        ModelVersion.objects.filter(pk=model.pk).update(
            stage=ModelVersion.Stage.ACTIVE,
            activated_at=timezone.now(),
            shadow=False,
            shadow_since=None,
        )
        if previous is None or previous.pk != model.pk:
            ModelActivation.objects.create(
                model=model,
                previous=previous,
                kind=why.kind,
                actor=why.actor,
                check_row=why.check,
                reason=why.reason,
            )
    model.refresh_from_db()
    return model


def model_verify(*, model: ModelVersion) -> str:
    """The code of what is wrong with the model's files, or nothing."""
    try:
        found = checkpoint_sha256(model_folder(model))
    except PortalError as error:
        return error.code
    return "" if found == model.sha256 else "model_hash_mismatch"


def model_find(name_or_hash: str) -> ModelVersion:
    """By name, by ``name@version`` or by the first digits of the hash. Raises ModelNotFound."""
    name, _, version = name_or_hash.partition("@")
    models = ModelVersion.objects.order_by("-created_at")
    by_name = models.filter(name=name, **({"version": version} if version else {})).first()
    found = by_name or models.filter(sha256__startswith=name_or_hash).first()
    if found is None:
        raise ModelNotFound
    return found
