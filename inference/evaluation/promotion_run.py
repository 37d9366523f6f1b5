"""The process that compares two models: ``python -m inference.evaluation.promotion_run JSON``.

The argument is a ``Request`` as JSON; under ``out`` it keeps ``progress.json`` and, at the end,
``result.json``. It ends when its parent is gone. No Django.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cxrportal.common.errors import PortalError
from inference.evaluation.collect import Collected, collect
from inference.evaluation.paired import Rule
from inference.evaluation.promotion import Outcome, judge_promotion, lost_proposals
from inference.evaluation.shared_labels import shared_labels
from inference.networks.checkpoint import load_checkpoint
from inference.predict.labels import LABEL_SETS
from inference.predict.predictor import Predictor
from inference.training.child import PROGRESS, RESULT, Json, end_with_parent, write_json
from inference.training.config import DataConfig
from inference.training.datasets import Dataset, load_dataset


@dataclass(frozen=True, slots=True)
class Request:
    """Folders of both checkpoints with their identities, and of the unpacked release."""

    active: str
    active_sha256: str
    candidate: str
    candidate_sha256: str
    data: str
    out: str
    device: str
    threads: int
    rule: dict[str, float]


def main(argument: str) -> int:
    """Exit status 0 when ``result.json`` says what was found."""
    request = Request(**json.loads(argument))
    end_with_parent()
    try:
        answer: Json = {"outcome": as_json(_work(request))}
    except PortalError as error:
        answer = {"failed": {"code": error.code, "message": error.message}}
    write_json(answer, Path(request.out) / RESULT)
    return 0


def _work(request: Request) -> Outcome:
    rule = Rule(
        margin=float(request.rule["margin"]),
        alpha=float(request.rule["alpha"]),
        least_cases=int(request.rule["least_cases"]),
        resamples=int(request.rule["resamples"]),
        seed=int(request.rule["seed"]),
    )
    models = [
        _load(request, request.active, request.active_sha256),
        _load(request, request.candidate, request.candidate_sha256),
    ]
    sets = [
        _label_set(request.active, request.active_sha256),
        _label_set(request.candidate, request.candidate_sha256),
    ]
    datasets = {label_set: _dataset(request, label_set) for label_set in set(sets)}
    active, candidate = (
        _collect(model, datasets[label_set], _teller(request, number, datasets[label_set]))
        for number, (model, label_set) in enumerate(zip(models, sets, strict=True))
    )
    outcome = judge_promotion(active, candidate, rule)
    lost = ", ".join(_lost(*models))
    told = (f"The candidate never proposes {lost}: the threshold is 1.",) if lost else ()
    return replace(outcome, reasons=(*told, *outcome.reasons))


def _dataset(request: Request, label_set: str) -> Dataset:
    """The release in the words of a model."""
    known = label_set if label_set in LABEL_SETS else ""
    config = replace(DataConfig(), kind="release", blank="negative", label_set=known)
    return load_dataset(Path(request.data), config)


def _lost(active: Predictor, candidate: Predictor) -> list[str]:
    """What the active model proposes and the candidate never does, in the active's words."""
    theirs = _thresholds(candidate)
    whole = shared_labels(active.description.labels, candidate.description.labels)
    boxed = shared_labels(active.box_labels, candidate.box_labels)
    names = dict(whole.names) | {f"boxes of {x}": f"boxes of {y}" for x, y in boxed.names.items()}
    return lost_proposals(
        _thresholds(active), {names[name]: value for name, value in theirs.items() if name in names}
    )


def _thresholds(model: Predictor) -> dict[str, float]:
    about = model.description
    whole = dict(zip(about.labels, about.thresholds, strict=True))
    boxed = zip(model.box_labels, model.box_thresholds, strict=True)
    return whole | {f"boxes of {label}": threshold for label, threshold in boxed}


def _load(request: Request, folder: str, sha256: str) -> Predictor:
    return Predictor.load(
        Path(folder), sha256=sha256, device=request.device, threads=request.threads
    )


def _label_set(folder: str, sha256: str) -> str:
    return load_checkpoint(Path(folder), sha256=sha256).description.label_set


def _collect(model: Predictor, dataset: Dataset, tell: Callable[[int], None]) -> Collected:
    return collect(model, dataset, tuple(range(len(dataset.records))), tell)


def _teller(request: Request, number: int, dataset: Dataset) -> Callable[[int], None]:
    images = len(dataset.records)

    def tell(done: int) -> None:
        if done % max(1, images // 50) == 0 or done == images:
            told = {"done": number * images + done, "total": 2 * images}
            write_json(told, Path(request.out) / PROGRESS)

    return tell


def as_json(outcome: Outcome) -> Json:
    """Without NaN, which JSON has not: what has no number is null."""
    tests = [
        {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(test).items()}
        for test in outcome.tests
    ]
    return {
        "images": outcome.images,
        "patients": outcome.patients,
        "rule": asdict(outcome.rule),
        "tests": tests,
        "reasons": list(outcome.reasons),
        "active_alone": list(outcome.active_alone),
        "candidate_alone": list(outcome.candidate_alone),
        "passed": outcome.passed,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
