"""Training from a release: one process, its state on disk, its result a candidate."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from cxrportal.common.errors import PortalError
from cxrportal.common.leases import LeaseLost, exhausted, held_lease
from inference.models import ModelVersion, TrainingRun
from inference.services.children import Child, child_run
from inference.services.registry import model_add, model_folder
from inference.training.child import STANDARD, STOP

DATA, ASKED, CONFIG, CHECKPOINT = "release", "asked.toml", "config.toml", "checkpoint"
BULKY = (DATA, "release.part", "cache", "tensorboard")
KEPT_DAYS = 14
STOP_S = 120.0
# Fetches the release's files into a folder, whole or not at all; raises where it must not.
Unpack = Callable[[TrainingRun, Path], None]


class TrainingCancelled(PortalError):
    code = "training_cancelled"
    http_status = 409
    default_message = "The training was cancelled. It can be resumed from its last whole epoch."


def training_execute(*, run_id: UUID, unpack: Unpack) -> None:
    """Train, or go on after a crash. Safe to run twice; a redelivered task changes nothing."""
    runs = TrainingRun.objects.all()
    token = runs.claim(run_id)
    if token is None:
        return
    try:
        if exhausted(runs, run_id, token):
            return
        run = runs.select_related("base").get(pk=run_id)
        folders_tidy(but=run)
        with held_lease(runs, run_id, token) as lost:
            model = Attempt(run, token, lost).go(unpack)
        runs.finish(run_id, token, result=model)
        shutil.rmtree(folder_of(run), ignore_errors=True)
    except LeaseLost:
        return
    except PortalError as error:
        with suppress(LeaseLost):
            runs.fail(run_id, token, error)
            _slim(folder_of(run_id))


def folder_of(run: TrainingRun | UUID) -> Path:
    return Path(settings.TRAINING_DIR) / str(run.pk if isinstance(run, TrainingRun) else run)


def folders_tidy(*, but: TrainingRun) -> None:
    """Remove what trainings left that are done, that ended long ago, or that no row names."""
    place = Path(settings.TRAINING_DIR)
    place.mkdir(parents=True, exist_ok=True)
    young = timezone.now() - timedelta(days=KEPT_DAYS)
    open_runs = TrainingRun.objects.exclude(state=TrainingRun.State.DONE)
    needed = open_runs.exclude(state=TrainingRun.State.FAILED, finished_at__lt=young)
    names = {str(pk) for pk in needed.values_list("pk", flat=True)} | {str(but.pk)}
    for folder in place.iterdir():
        compares = folder.name.startswith("check-")
        left = time.time() - folder.stat().st_mtime > KEPT_DAYS * 86_400
        if left if compares else folder.name not in names:
            shutil.rmtree(folder, ignore_errors=True)


def _epochs(progress: dict[str, Any]) -> int:
    return len(progress.get("rows", ()))


def _slim(folder: Path) -> None:
    """Keep what resuming needs: configuration, state, log and best weights."""
    for name in BULKY:
        shutil.rmtree(folder / name, ignore_errors=True)


@dataclass(slots=True)
class Attempt:
    """One attempt of the worker that holds ``token``."""

    run: TrainingRun
    token: UUID
    lost: Event
    asked_to_stop_s: float = 0.0

    def go(self, unpack: Unpack) -> ModelVersion:
        """Raises TrainingCancelled, LeaseLost, and what the release or the process refuses."""
        if self.run.cancel_requested:
            raise TrainingCancelled
        out = folder_of(self.run)
        out.mkdir(parents=True, exist_ok=True)
        (out / STOP).unlink(missing_ok=True)
        unpack(self.run, out / DATA)
        (out / ASKED).write_text(self.run.config or STANDARD.read_text("utf-8"), encoding="utf-8")
        result = child_run(Child("inference.training.retrain", self._request(out), out), tick=self)
        if "sha256" not in result:
            raise TrainingCancelled
        unpack(self.run, out / DATA)  # a consent withdrawn meanwhile ends it here
        target = Path(settings.MODEL_DIR) / str(result["sha256"])[:16]
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            (out / CHECKPOINT).chmod(0o755)
            shutil.move(out / CHECKPOINT, target)
        return model_add(path=target)

    def _request(self, out: Path) -> dict[str, Any]:
        base = self.run.base
        return {
            "config": str(out / ASKED),
            "data": str(out / DATA),
            "out": str(out),
            "base": str(model_folder(base)) if base else "",
            "base_sha256": base.sha256 if base else "",
            "base_name": f"{base} ({base.sha256[:12]})" if base else "",
            "name": self.run.name,
            "version": self.run.version,
            "seed": self.run.seed,
            "epochs": self.run.epochs,
            "device": settings.INFERENCE_DEVICE,
            "threads": settings.TRAINING_THREADS,
        }

    def __call__(self, progress: dict[str, Any]) -> None:
        """Every second: who else has it, what is new, and whether somebody wants it to stop."""
        if self.lost.is_set():
            raise LeaseLost
        mine = TrainingRun.objects.filter(pk=self.run.pk, lease_token=self.token)
        if progress and progress != self.run.progress:
            if _epochs(progress) > _epochs(self.run.progress):
                mine.update(attempts=1)  # those before it were not in vain, and count no more
            self.run.progress = progress
            mine.update(progress=progress, config=self._config())
        if mine.filter(cancel_requested=True).exists():
            self._stop()

    def _config(self) -> str:
        written = folder_of(self.run) / CONFIG
        return written.read_text(encoding="utf-8") if written.exists() else self.run.config

    def _stop(self) -> None:
        (folder_of(self.run) / STOP).touch()
        self.asked_to_stop_s = self.asked_to_stop_s or time.monotonic()
        if time.monotonic() - self.asked_to_stop_s > STOP_S:
            raise TrainingCancelled
