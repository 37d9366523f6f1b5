"""The model of this worker process, computed by the fastest runtime that agrees with torch.

Loaded at the first use, never before a fork. Which runtime agrees is found out once for a
checkpoint and a machine, by a process of its own (``predict.runtime_prepare``): until it has ended
torch computes, so that nobody waits for it, and should it crash, no worker crashes with it.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from django.conf import settings

from inference.models import ModelVersion
from inference.services.registry import model_folder

if TYPE_CHECKING:
    from inference.predict.predictor import Predictor
    from inference.predict.runtime_report import RuntimeReport

CHECK_LIMIT_S = 240.0
HELD = 2  # the active model, and one in shadow
_LOG = logging.getLogger(__name__)
_loaded: dict[str, Predictor] = {}  # by the hash of its checkpoint
_checks: dict[str, subprocess.Popen[bytes]] = {}  # by hash; each at most once in this process


def predictor_of(model: ModelVersion) -> Predictor:
    """The model, loaded once in this process. Raises as loading does, or RuntimeUnavailable."""
    # heavy: torch takes seconds and 250 MB; the web and ingest processes do without
    from inference.predict.predictor import Predictor
    from inference.predict.runtime_choice import RuntimeChoice  # heavy: as above

    held = _loaded.get(model.sha256)
    if held is not None and model.sha256 not in _checks:
        return held
    if settings.INFERENCE_RUNTIME != "torch":
        report = runtime_check(model=model, wait=settings.INFERENCE_RUNTIME == "openvino")
        if held is not None and report is None:
            return held
    while len(_loaded) >= HELD:
        _loaded.pop(next(iter(_loaded)))
    _loaded[model.sha256] = Predictor.load(
        model_folder(model),
        sha256=model.sha256,
        device=settings.INFERENCE_DEVICE,
        threads=settings.INFERENCE_THREADS,
        choice=RuntimeChoice(settings.INFERENCE_RUNTIME, runtime_cache()),
    )
    return _loaded[model.sha256]


def model_prepare(*, model: ModelVersion, again: bool = False) -> str:
    """Check the runtimes now and say what was found. ``again``: forget what was found before.

    Raises as loading does.
    """
    # heavy: torch
    from inference.networks.checkpoint import load_checkpoint
    from inference.predict.runtime_choice import (  # heavy: as above
        export_folder,
        resolved_device,
    )

    if again:
        device = resolved_device(settings.INFERENCE_DEVICE)
        rmtree(export_folder(runtime_cache(), model.sha256, device), ignore_errors=True)
    report = runtime_check(model=model, wait=True)
    if report is None:
        load_checkpoint(model_folder(model), sha256=model.sha256)  # raises what the check met
        return ""
    return report.summary


def unload() -> None:
    """Forget the loaded model, and end a check that still runs."""
    _loaded.clear()
    for check in _checks.values():
        check.kill()
        check.wait()
    _checks.clear()


def runtime_cache() -> Path:
    return Path(settings.MODEL_DIR) / "runtimes"


def runtime_check(*, model: ModelVersion, wait: bool) -> RuntimeReport | None:
    """The report of the runtimes on this machine; None while the check runs and nobody waits.

    What it found is written to the model's row, for the registry. A check that ends badly makes a
    report that says so and leaves torch.
    """
    # heavy: torch
    from inference.predict.runtime_choice import found_report, resolved_device
    from inference.predict.runtime_prepare import MODEL_REFUSED, refuse  # heavy: as above

    device = resolved_device(settings.INFERENCE_DEVICE)
    cache, sha256 = runtime_cache(), model.sha256
    report = found_report(cache, sha256, device)
    if report is None:
        check = _checks.get(sha256) or _checks.setdefault(sha256, _started(model))
        complaint = _ending(check, CHECK_LIMIT_S if wait else 0.0)
        if complaint is None:
            return None
        if check.returncode == MODEL_REFUSED:  # says nothing of runtimes, and loading says it too
            _checks.pop(sha256)
            return None
        report = found_report(cache, sha256, device)
        if report is None:
            said = complaint or "the check left no report"
            report = refuse(sha256=sha256, cache=cache, device=str(device), complaint=said)
    if _checks.pop(sha256, None) is not None:
        _loaded.pop(sha256, None)  # it was loaded before this was known
    _record(model, report)
    return report


def _started(model: ModelVersion) -> subprocess.Popen[bytes]:
    module = "inference.predict.runtime_prepare"
    arguments = (model_folder(model), model.sha256, runtime_cache(), settings.INFERENCE_DEVICE)
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def _ending(check: subprocess.Popen[bytes], limit_s: float) -> str | None:
    """None while it runs; how it ended, and nothing where it ended well."""
    try:
        status = check.wait(limit_s) if limit_s else check.poll()
    except subprocess.TimeoutExpired:
        check.kill()
        check.wait()
        return f"the check took more than {limit_s:.0f} s"
    if status is None:
        return None
    if status < 0:
        return f"the check ended with signal {-status}"
    return f"the check ended with status {status}" if status else ""


def _record(model: ModelVersion, report: RuntimeReport) -> None:
    changed = ModelVersion.objects.filter(pk=model.pk).exclude(
        runtime=report.chosen, runtime_note=report.summary
    )
    if changed.update(runtime=report.chosen, runtime_note=report.summary):
        fell_back = report.chosen == "torch"
        level = logging.WARNING if fell_back else logging.INFO
        _LOG.log(level, "%s is computed by %s", model, report.summary)
