"""Asking for a training or a comparison; calling a training off, and going on with it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations.models import Release
from annotations.retraining.errors import (
    NotACandidate,
    PatientsOverlap,
    ReleaseUnfit,
    TrainingNotEnded,
)
from annotations.retraining.selectors import (
    disjointness,
    incomparable_because,
    release_named,
    untrainable_because,
)
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import RESEARCHER, NotAllowed, require_role, works_on_models
from inference.models import ModelVersion, PromotionCheck, TrainingRun
from inference.selectors import active_model
from inference.training.config import TrainingConfig, load_config
from inference.training.errors import ConfigRefused

State = TrainingRun.State


@dataclass(frozen=True, slots=True)
class Wanted:
    """``config``: TOML text, empty for the standard one. ``epochs`` 0: as configured."""

    base: ModelVersion | None = None
    config: str = ""
    epochs: int = 0
    seed: int = 7


def training_request(*, release: Release, actor: User, wanted: Wanted) -> TrainingRun:
    """A training that waits for its worker.

    Raises NotAllowed, ReleaseUnfit with every reason, or ConfigRefused.
    """
    for department in release.departments.all():
        require_role(actor, RESEARCHER, department.pk)
    reasons = untrainable_because(release)
    if reasons:
        raise ReleaseUnfit(" ".join(reasons))
    if wanted.config:
        config_checked(wanted.config)
    for _ in range(5):
        try:
            return _create(release, actor, wanted)
        except IntegrityError:  # another request took this version meanwhile
            continue
    raise ReleaseUnfit("Others are starting trainings on this release now. Try again.")


def _create(release: Release, actor: User, wanted: Wanted) -> TrainingRun:
    with transaction.atomic():
        earlier = TrainingRun.objects.filter(name=release.name, release_number=release.number)
        run = TrainingRun.objects.create(
            release_name=release.name,
            release_number=release.number,
            release_sha256=release.archive_sha256,
            release_key=release.archive_key,
            base=wanted.base,
            name=release.name,
            version=f"{release.number}.{earlier.count() + 1}",
            config=wanted.config,
            epochs=wanted.epochs,
            seed=wanted.seed,
            requested_by=actor,
        )
        run.departments.set(release.departments.all())
    return run


def config_checked(text: str) -> TrainingConfig:
    """Raises ConfigRefused for what is no configuration of a training on a release."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        config = load_config(Path(file.name))
    if config.data.kind != "release":
        raise ConfigRefused('A retraining reads a release: data.kind must be "release".')
    return config


def training_cancel(*, run: TrainingRun) -> None:
    """At once where no worker has it, else within seconds; what was learned stays for resuming."""
    rows = TrainingRun.objects.filter(pk=run.pk)
    ended = rows.filter(state=State.WAITING).update(
        state=State.FAILED,
        code="training_cancelled",
        message="The training was cancelled before it began.",
        finished_at=timezone.now(),
    )
    if not ended:
        rows.filter(state=State.RUNNING).update(cancel_requested=True)


def training_resume(*, run: TrainingRun) -> None:
    """Go on from the last whole epoch. Raises TrainingNotEnded, or ReleaseUnfit as before."""
    reasons = untrainable_because(release_named(run.release))
    if reasons:
        raise ReleaseUnfit(" ".join(reasons))
    changed = TrainingRun.objects.filter(pk=run.pk, state=State.FAILED).update(
        state=State.WAITING,
        cancel_requested=False,
        attempts=0,
        nudged_at=None,
        finished_at=None,
        code="",
        message="",
    )
    if not changed:
        raise TrainingNotEnded


def check_request(
    *, candidate: ModelVersion, release: Release, actor: User, margin: float = 0.05
) -> PromotionCheck:
    """A comparison with the active model that waits for its worker.

    Raises NotAllowed, NotACandidate, ReleaseUnfit, or PatientsOverlap.
    """
    if not works_on_models(actor):
        raise NotAllowed
    active = active_model()
    if active is None or candidate.pk == active.pk:
        raise NotACandidate
    reasons = incomparable_because(release)
    if reasons:
        raise ReleaseUnfit(" ".join(reasons))
    proof = disjointness(candidate, release)
    if proof.patients or proof.pictures:
        raise PatientsOverlap(
            f"{candidate} was trained on {', '.join(proof.trained_on)}, which shares "
            f"{proof.patients} patients and {proof.pictures} pictures with {release}."
        )
    return PromotionCheck.objects.create(
        candidate=candidate,
        active=active,
        release_name=release.name,
        release_number=release.number,
        release_sha256=release.archive_sha256,
        release_key=release.archive_key,
        proof=proof.as_json(),
        margin=margin,
        requested_by=actor,
    )
