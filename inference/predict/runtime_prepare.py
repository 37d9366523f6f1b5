"""Export a checkpoint, check every runtime of this machine against torch, remember the fastest.

    python -m inference.predict.runtime_prepare CHECKPOINT_FOLDER SHA256 CACHE_FOLDER [DEVICE]

A process of its own does this for the portal: a compiler that crashes takes no worker with it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from cxrportal.common.errors import PortalError
from inference.networks.checkpoint import Checkpoint, load_checkpoint
from inference.networks.errors import ModelCorrupt, ModelHashMismatch, ModelMissing
from inference.networks.export import GRAPH, GRAPH_WEIGHTS, export_openvino, openvino
from inference.predict.runtime import (
    OPENVINO_BF16,
    OPENVINO_F32,
    TORCH,
    TORCH_CUDA,
    TORCH_CUDA_BF16,
    ImageOutput,
    OpenVinoRuntime,
    Runtime,
    TorchRuntime,
)
from inference.predict.runtime_choice import export_folder, resolved_device
from inference.predict.runtime_parity import Tolerance, compare, measured, phantom_inputs
from inference.predict.runtime_report import (
    Candidate,
    RuntimeReport,
    file_sha256,
    machine_name,
    read_report,
    write_report,
)

MODEL_REFUSED = 3  # exit status: the checkpoint cannot be loaded at all
THREADS = 1  # what a worker has; the order of the runtimes is not that of other numbers by much


def prepare(
    checkpoint: Path,
    *,
    sha256: str,
    cache: Path,
    device: str = "auto",
    tolerance: Tolerance | None = None,
) -> RuntimeReport:
    """The report of this checkpoint on this machine, made unless it is there and intact.

    Of several processes one works, the others wait for its result. Raises what loading raises.
    """
    place = resolved_device(device)
    folder = export_folder(cache, sha256, place)
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        known = read_report(folder)
        if known is not None:
            return known
        loaded = load_checkpoint(checkpoint, sha256=sha256)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=cache))
        try:
            report = _report(loaded, part, place, tolerance or Tolerance())
            write_report(report, part)
            part.chmod(0o755)  # other users' processes read it
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return report


def refuse(*, sha256: str, cache: Path, device: str, complaint: str) -> RuntimeReport:
    """Remember that the check did not end well: torch computes, and the registry says why."""
    place = resolved_device(device)
    folder = export_folder(cache, sha256, place)
    baseline = TORCH if place.type == "cpu" else TORCH_CUDA
    other = OPENVINO_F32 if place.type == "cpu" else TORCH_CUDA_BF16
    report = RuntimeReport(
        sha256=sha256,
        machine=machine_name(),
        chosen=baseline,
        tolerance="",
        candidates=(Candidate(other, 0.0, complaint),),
        files=(),
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_report(report, folder)
    return report


def _report(
    loaded: Checkpoint, folder: Path, device: torch.device, allowed: Tolerance
) -> RuntimeReport:
    torch.set_num_threads(THREADS)
    inputs = phantom_inputs(loaded.description.preprocessing)
    reference, ms = measured(TorchRuntime(deepcopy(loaded.network)), inputs)
    candidates = [Candidate(TORCH, ms, "")]
    names = _openvino_names() if device.type == "cpu" else (TORCH_CUDA, TORCH_CUDA_BF16)
    files: tuple[str, ...] = ()
    if any(name in (OPENVINO_F32, OPENVINO_BF16) for name in names):
        try:
            export_openvino(loaded.network, loaded.description.preprocessing.size_px, folder)
            files = (GRAPH, GRAPH_WEIGHTS)
        except PortalError as error:
            candidates.append(Candidate(OPENVINO_F32, 0.0, error.message))
            names = ()
    for name in names:
        candidates.append(_candidate(name, loaded, folder, device, (inputs, reference, allowed)))
    usable = [item for item in candidates if not item.complaint]
    return RuntimeReport(
        sha256=loaded.sha256,
        machine=machine_name(),
        chosen=min(usable, key=lambda item: item.ms).runtime,
        tolerance=", ".join(f"{key} {value}" for key, value in asdict(allowed).items()),
        candidates=tuple(candidates),
        files=tuple((name, file_sha256(folder / name)) for name in files),
    )


def _candidate(
    name: str,
    loaded: Checkpoint,
    folder: Path,
    device: torch.device,
    against: tuple[Tensor, list[ImageOutput], Tolerance],
) -> Candidate:
    inputs, reference, allowed = against
    try:
        runtime: Runtime
        if name in (OPENVINO_F32, OPENVINO_BF16):
            runtime = OpenVinoRuntime(folder, name, THREADS)
        else:
            runtime = TorchRuntime(deepcopy(loaded.network), name, str(device))
        outputs, ms = measured(runtime, inputs)
    except (RuntimeError, PortalError) as error:
        return Candidate(name, 0.0, f"does not run: {error}"[:200])
    return Candidate(name, ms, compare(reference, outputs, allowed).complaint(allowed))


def _openvino_names() -> tuple[str, ...]:
    try:
        able = openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except (ImportError, RuntimeError):
        return ()
    return (OPENVINO_F32, OPENVINO_BF16) if "BF16" in able else (OPENVINO_F32,)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str]) -> int:
    checkpoint, sha256, cache, *rest = arguments
    device = rest[0] if rest else "auto"
    os.nice(5)  # analyses come first
    try:
        prepare(Path(checkpoint), sha256=sha256, cache=Path(cache), device=device)
    except (ModelMissing, ModelCorrupt, ModelHashMismatch) as error:
        sys.stderr.write(f"{error.code}: {error.message}\n")
        return MODEL_REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
