"""Comparing a candidate with the active model: a process of its own, its outcome kept as a row."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

from django.conf import settings

from annotations.retraining.services.unpack import release_unpack
from cxrportal.common.leases import LeaseLost, carry_out
from inference.models import PromotionCheck
from inference.services.children import Child, child_run
from inference.services.registry import model_folder

ALPHA, RESAMPLES = 0.05, 1000


def check_execute(*, check_id: UUID) -> None:
    """Compare once. Safe to run twice; a killed comparison starts afresh."""
    checks = PromotionCheck.objects.select_related("candidate", "active")

    def work(token: UUID, lost: Event) -> dict[str, object]:
        folder = Path(settings.TRAINING_DIR) / f"check-{token}"
        try:
            outcome = _compare(checks.get(pk=check_id), folder, lost)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return {"outcome": outcome, "passed": bool(outcome["passed"])}

    carry_out(PromotionCheck.objects.all(), check_id, work)


def _compare(check: PromotionCheck, folder: Path, lost: Event) -> dict[str, Any]:
    """Raises LeaseLost, and what the release or the process refuses."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    release_unpack(check, folder / "release")

    def tick(progress: dict[str, Any]) -> None:
        if lost.is_set():
            raise LeaseLost
        if progress and progress != check.progress:
            check.progress = progress
            PromotionCheck.objects.filter(pk=check.pk).update(progress=progress)

    outcome: dict[str, Any] = child_run(
        Child("inference.evaluation.promotion_run", _request(check, folder), folder), tick=tick
    )["outcome"]
    unproven = [f"Not proven to be free of overlap: {x}." for x in check.proof["unproven"]]
    reasons = [*unproven, *outcome["reasons"]]
    return outcome | {"reasons": reasons, "passed": not reasons}


def _request(check: PromotionCheck, folder: Path) -> dict[str, Any]:
    return {
        "active": str(model_folder(check.active)),
        "active_sha256": check.active.sha256,
        "candidate": str(model_folder(check.candidate)),
        "candidate_sha256": check.candidate.sha256,
        "data": str(folder / "release"),
        "out": str(folder),
        "device": settings.INFERENCE_DEVICE,
        "threads": settings.TRAINING_THREADS,
        "rule": {
            "margin": check.margin,
            "alpha": ALPHA,
            "least_cases": check.least_cases,
            "resamples": RESAMPLES,
            "seed": 0,
        },
    }
