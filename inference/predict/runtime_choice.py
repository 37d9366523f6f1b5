"""Which runtime computes a checkpoint here: what was asked for, as far as the check allows it."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch

from cxrportal.common.errors import PortalError
from inference.networks.checkpoint import Checkpoint
from inference.predict.runtime import (
    OPENVINO_BF16,
    OPENVINO_F32,
    TORCH,
    TORCH_CUDA,
    TORCH_CUDA_BF16,
    OpenVinoRuntime,
    Runtime,
    TorchRuntime,
)
from inference.predict.runtime_report import RuntimeReport, machine_name, read_report

AUTO, OPENVINO = "auto", "openvino"
CHOICES = (AUTO, TORCH, OPENVINO)
_LOG = logging.getLogger(__name__)


class RuntimeUnavailable(PortalError):
    code: ClassVar[str] = "runtime_unavailable"
    http_status: ClassVar[int] = 503
    default_message: ClassVar[str] = "The runtime that was asked for cannot be used here."


@dataclass(frozen=True, slots=True)
class RuntimeChoice:
    """``name``: torch; auto (the fastest that passed the parity check, else torch with a warning);
    openvino (it, or RuntimeUnavailable). ``cache``: where exports and their reports lie.
    """

    name: str = TORCH
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """``threads``: of the CPU; 0 leaves them to the runtime."""

    device: torch.device
    threads: int = 0


def resolved_device(name: str) -> torch.device:
    if name == AUTO:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)


def export_folder(cache: Path, sha256: str, device: torch.device) -> Path:
    """Of one checkpoint on this machine with these versions; it need not exist."""
    machine = hashlib.sha256(machine_name().encode()).hexdigest()
    return cache / f"{sha256[:32]}-{device.type}-{machine[:8]}"


def found_report(cache: Path | None, sha256: str, device: torch.device) -> RuntimeReport | None:
    return None if cache is None else read_report(export_folder(cache, sha256, device))


def open_runtime(checkpoint: Checkpoint, place: Place, choice: RuntimeChoice) -> Runtime:
    """Raises RuntimeUnavailable for an unknown choice, or OpenVINO asked for and not to be had."""
    if choice.name not in CHOICES:
        raise RuntimeUnavailable(f"No runtime is called {choice.name!r}; known: {CHOICES}.")
    report = None
    if choice.name != TORCH:
        report = found_report(choice.cache, checkpoint.sha256, place.device)
    if choice.name == OPENVINO:
        return _openvino(checkpoint, place, choice, report)
    if report is None:
        return _reference(checkpoint, place)
    try:
        return _named(report.chosen, checkpoint, place, choice.cache)
    except (RuntimeError, ImportError) as error:
        _LOG.warning(
            "%s cannot be opened, torch computes %s: %s",
            report.chosen, checkpoint.description.name, error,
        )  # fmt: skip
        return _reference(checkpoint, place)


def _openvino(
    checkpoint: Checkpoint, place: Place, choice: RuntimeChoice, report: RuntimeReport | None
) -> Runtime:
    if place.device.type != "cpu" or report is None:
        raise RuntimeUnavailable("OpenVINO was asked for, but it was not checked on this device.")
    passed = [item for item in report.candidates if not item.complaint]
    usable = [item for item in passed if item.runtime in (OPENVINO_F32, OPENVINO_BF16)]
    if not usable:
        raise RuntimeUnavailable(f"OpenVINO was asked for, but: {report.summary}")
    best = min(usable, key=lambda item: item.ms).runtime
    try:
        return _named(best, checkpoint, place, choice.cache)
    except (RuntimeError, ImportError) as error:
        raise RuntimeUnavailable(f"OpenVINO cannot be opened: {error}"[:300]) from error


def _reference(checkpoint: Checkpoint, place: Place) -> Runtime:
    name = TORCH if place.device.type == "cpu" else TORCH_CUDA
    return TorchRuntime(checkpoint.network, name, str(place.device))


def _named(name: str, checkpoint: Checkpoint, place: Place, cache: Path | None) -> Runtime:
    if name in (OPENVINO_F32, OPENVINO_BF16) and cache is not None:
        folder = export_folder(cache, checkpoint.sha256, place.device)
        return OpenVinoRuntime(folder, name, place.threads)
    device = place.device if name in (TORCH_CUDA, TORCH_CUDA_BF16) else "cpu"
    return TorchRuntime(checkpoint.network, name, str(device))
