"""The process that retrains on an unpacked release: ``python -m inference.training.retrain JSON``.

The argument is a ``Request`` as JSON. Under ``out`` it keeps the configuration, the state to resume
from and ``progress.json``, and at the end ``result.json`` and the checkpoint. It stops after the
step at hand when a file ``stop`` appears, and at once when its parent is gone (standard input
ends): the next attempt finds the state of the last whole epoch. No Django.
"""

from __future__ import annotations

import fcntl
import json
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from cxrportal.common.errors import PortalError
from inference.evaluation.bootstrap import RESAMPLES
from inference.evaluation.collect import collect
from inference.evaluation.drift import reference_of, write_reference
from inference.networks.checkpoint import Checkpoint, load_checkpoint
from inference.predict.predictor import Predictor
from inference.training.child import PROGRESS, RESULT, STOP, Json, end_with_parent, write_json
from inference.training.config import TrainingConfig, load_config
from inference.training.engine import BEST, STATE
from inference.training.errors import ResumeRefused
from inference.training.preparation import build_network, prepare
from inference.training.progress import Ending, Progress
from inference.training.retrain_config import adapted, check_release, to_toml
from inference.training.run import TrainingRequest, run_training
from inference.training.ship import ship
from inference.training.splits import TEST
from inference.training.tune import DEFAULT_RULE

CONFIG, LOCK, CHECKPOINT, START = "config.toml", "lock", "checkpoint", "start"
LOCK_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """``config``: TOML to start from. ``base``: folder of a checkpoint, or "". Names: the result's.

    ``epochs`` 0: as configured. ``threads`` 0: torch's own number.
    """

    config: str
    data: str
    out: str
    base: str
    base_sha256: str
    base_name: str
    name: str
    version: str
    seed: int
    epochs: int
    device: str
    threads: int
    resamples: int = RESAMPLES


def main(argument: str) -> int:
    """Exit status 0 when ``result.json`` says how it ended."""
    request = Request(**json.loads(argument))
    out = Path(request.out)
    end_with_parent()
    answer: Json
    try:
        with _alone(out):
            answer = _work(request, out)
    except PortalError as error:
        answer = {"failed": {"code": error.code, "message": error.message}}
    write_json(answer, out / RESULT)
    return 0


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """One process a folder: an earlier one that still dies is waited for. Raises ResumeRefused."""
    with (out / LOCK).open("w") as stream:
        deadline = time.monotonic() + LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() > deadline:
                    raise ResumeRefused("Another process trains in this folder.") from error
                time.sleep(0.2)
        yield


def _work(request: Request, out: Path) -> Json:
    config = _configured(request, out)
    data = Path(request.data)

    def report(progress: Progress) -> None:
        _tell(out, "training", progress)

    training = TrainingRequest(
        config,
        data,
        out,
        start=_start(request, config, out),
        resume=(out / STATE).exists(),
        device=request.device,
        threads=request.threads,
    )
    ending = run_training(training, _say, report=report, should_stop=lambda: (out / STOP).exists())
    if ending is Ending.STOPPED:
        return {"ended": ending.value}
    _phase(out, "evaluating")
    identity = _ship(request, config, out)
    return {"ended": ending.value, "sha256": identity}


def _configured(request: Request, out: Path) -> TrainingConfig:
    """What an earlier attempt wrote down, else the asked one adapted to the base, written down."""
    if (out / CONFIG).exists():
        return load_config(out / CONFIG)
    config = load_config(Path(request.config))
    check_release(config)
    if request.base:
        config = adapted(config, _base(request).description)
    epochs = request.epochs or config.optim.epochs
    freeze = min(config.optim.freeze_epochs, epochs)
    config = replace(
        config,
        name=request.name,
        version=request.version,
        seed=request.seed,
        optim=replace(config.optim, epochs=epochs, freeze_epochs=freeze),
    )
    part = out / f"{CONFIG}.part"
    part.write_text(to_toml(config), encoding="utf-8")
    part.replace(out / CONFIG)
    return load_config(out / CONFIG)


def _base(request: Request) -> Checkpoint:
    return load_checkpoint(Path(request.base), sha256=request.base_sha256)


def _start(request: Request, config: TrainingConfig, out: Path) -> Path | None:
    """The base's weights: all where the labels are the same, else its backbone alone."""
    if not request.base or (out / STATE).exists():
        return None
    network = _base(request).network
    ours = build_network(config, prepare(config, Path(request.data), out).dataset).config
    theirs = network.config
    if ours.labels != theirs.labels:
        path = out / f"{START}.safetensors"
        save_file({k: v.contiguous() for k, v in network.backbone.state_dict().items()}, path)
        return path
    boxes = ours.detector is not None and ours.detector == theirs.detector
    state = {k: v for k, v in network.state_dict().items() if boxes or not _of_detector(k)}
    torch.save(state, out / f"{START}.pt")
    return out / f"{START}.pt"


def _of_detector(name: str) -> bool:
    return name.startswith("detector.")


def _ship(request: Request, config: TrainingConfig, out: Path) -> str:
    folder, data = out / CHECKPOINT, Path(request.data)
    identity = ship(
        Namespace(
            config=out / CONFIG,
            data=data,
            weights=out / BEST,
            out=folder,
            started_from=request.base_name or "random weights",
            blend=None,
            share=0.5,
            thresholds=DEFAULT_RULE,
            note=[],
            log=None,
            lungs=None,
            resamples=request.resamples,
            threads=request.threads,
        )
    )
    prepared = prepare(config, data, out)
    predictor = Predictor.load(folder, sha256=identity, device="cpu")
    found = collect(predictor, prepared.dataset, prepared.indices(TEST))
    said = f"{prepared.dataset.name}, test patients"
    write_reference(reference_of(said, found.labels, found.scores), folder)
    return identity


def _tell(out: Path, phase: str, progress: Progress) -> None:
    """NaN has no place in JSON: what was not measured is null."""
    rows = [
        {name: value if value == value else None for name, value in asdict(row).items()}
        for row in progress.rows
    ]
    told = {"phase": phase, "epochs": progress.epochs, "best_epoch": progress.best_epoch}
    write_json(told | {"rows": rows}, out / PROGRESS)


def _phase(out: Path, phase: str) -> None:
    try:
        told = json.loads((out / PROGRESS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = {"epochs": 0, "best_epoch": 0, "rows": []}
    write_json(told | {"phase": phase}, out / PROGRESS)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
