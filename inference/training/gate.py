"""Fit the input gate to radiographs, drawn phantoms and pictures of anything else.

python -m inference.training.gate --data DIR --split FILE --lungs DIR --out DIR

``--data``: labels.csv and images/ of frontal radiographs. Fitted on its training patients, limits
set on its validation patients; test patients are not looked at.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cxrportal.common.errors import exit_status
from inference.evaluation.gate_data import (
    Vectors,
    adults,
    joined,
    phantom_vectors,
    radiograph_vectors,
    some,
    stranger_vectors,
)
from inference.networks.description import Provenance
from inference.predict.lungs import LungSegmenter
from inference.predict.quality_parameters import (
    CLASSES,
    CROPPED,
    INVERTED,
    OTHER,
    SCORES,
    TURNS,
    UPRIGHT,
    GateArrays,
    GateParameters,
    Limits,
    save_gate,
)
from inference.training.splits import TRAIN, VALIDATION, load_split

Floats = NDArray[np.float32]
TAKEN_OTHERWISE = f"{UPRIGHT}, otherwise taken"
WRONG_OF = {"inverted": (INVERTED,), "turned": TURNS, "cropped": (CROPPED,), "other": (OTHER,)}
PENALTY = 2e-3
AXES = 48
NAME, VERSION = "input-gate", "1.0.0"


def fit(train: Vectors, validation: Vectors) -> tuple[GateArrays, Limits]:
    """Classes by logistic regression, distance by principal axes, limits by validation."""
    upright = train.of(UPRIGHT, TAKEN_OTHERWISE)
    centre, scale = upright.mean(axis=0), upright.std(axis=0) + 1e-4
    x = np.clip((train.values - centre) / scale, -20.0, 20.0)
    targets = [CLASSES.index(UPRIGHT if n == TAKEN_OTHERWISE else n) for n in train.classes]
    weights, offsets = _logistic(x, targets)
    axes, spreads, rest = _principal((upright - centre) / scale)
    arrays = GateArrays(centre, scale, weights, offsets, axes, spreads, rest)
    return arrays, tune(arrays, validation)


def _logistic(x: Floats, targets: list[int]) -> tuple[Floats, Floats]:
    """Each class counts the same, however many images it has. Newton-like steps (L-BFGS)."""
    inputs, truth = torch.from_numpy(x), torch.tensor(targets)
    weights = torch.zeros(len(CLASSES), x.shape[1], requires_grad=True)
    offsets = torch.zeros(len(CLASSES), requires_grad=True)
    share = 1.0 / torch.bincount(truth, minlength=len(CLASSES)).clamp(min=1).float()
    steps = torch.optim.LBFGS([weights, offsets], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        steps.zero_grad()
        value = functional.cross_entropy(inputs @ weights.T + offsets, truth, weight=share)
        value = value + PENALTY * (weights**2).sum()
        value.backward()
        return value

    steps.step(loss)
    return weights.detach().numpy(), offsets.detach().numpy()


def _principal(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Axes (P, D), spread on each, and the mean spread off them."""
    _, singular, axes = np.linalg.svd(x, full_matrices=False)
    count = min(AXES, len(singular))
    spreads = singular[:count] / np.sqrt(len(x)) + 1e-3
    off = x - (x @ axes[:count].T) @ axes[:count]
    rest = np.array([np.sqrt(np.mean(off**2)) + 1e-3])
    return axes[:count].astype(np.float32), spreads.astype(np.float32), rest.astype(np.float32)


def tune(arrays: GateArrays, validation: Vectors) -> Limits:
    """Warn: clear of every good validation image, by a tenth of the way to the wrong ones.

    The way leads from the highest good score to the median of the wrong ones; the gate refuses
    from its middle on. Where the two overlap, the limit stands above every good image all the
    same: a miss is better than a false alarm. The distance is measured against strangers; no
    kind of crop is reason to refuse.
    """
    gate = GateParameters(NAME, VERSION, "", arrays, Limits({}, {}), _provenance("", ""))
    scores = [gate.scores(vector) for vector in validation.values]
    warn, refuse = {}, {}
    for score in SCORES:
        values = np.array([row[score] for row in scores])
        good = values[[name == UPRIGHT for name in validation.classes]]
        wrong = values[[name in WRONG_OF.get(score, (OTHER,)) for name in validation.classes]]
        spread = float(good.max() - np.median(good))
        way = max(float(np.median(wrong) - good.max()), spread)
        warn[score] = float(good.max()) + 0.1 * way
        refuse[score] = float(good.max()) + 0.5 * way
    refuse["cropped"] = 1e9
    return Limits(warn, refuse)


def _provenance(split_sha256: str, licence: str) -> Provenance:
    return Provenance(
        data="ChestX-ray14 (adults), and pictures made or taken from scikit-image",
        data_sha256="",
        split_sha256=split_sha256,
        started_from="features of the lung model",
        licence=licence,
        training={"penalty": PENALTY, "axes": AXES},
    )


def make(arguments: argparse.Namespace) -> str:
    """Returns the identity of the gate under ``--out``."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    split = load_split(arguments.split)
    segmenter = LungSegmenter.load(arguments.lungs)
    strange, strange_validation = stranger_vectors(segmenter, arguments.strangers)
    drawn = range(arguments.phantoms)
    made = {}
    for part, others in (
        (TRAIN, (strange, phantom_vectors(segmenter, drawn[::2]))),
        (VALIDATION, (strange_validation, phantom_vectors(segmenter, drawn[1::2]))),
    ):
        items = some(adults(arguments.data, split, part), arguments.images, seed=1)
        vectors = radiograph_vectors(segmenter, items, wrong=arguments.wrong, seed=2)
        made[part] = joined((vectors, *others))
        sys.stdout.write(f"{part}: {len(items)} radiographs, {len(made[part].classes)} images\n")
    arrays, limits = fit(made[TRAIN], made[VALIDATION])
    provenance = _provenance(split.sha256, "Apache-2.0")
    gate = GateParameters(NAME, VERSION, segmenter.sha256, arrays, limits, provenance)
    identity = save_gate(gate, arguments.out)
    split.save(arguments.out / "split.csv")
    return identity


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.training.gate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="labels.csv and images/")
    parser.add_argument("--split", type=Path, required=True, help="patient_id, part")
    parser.add_argument("--lungs", type=Path, required=True, help="folder of the lung model")
    parser.add_argument("--out", type=Path, required=True, help="the gate's folder")
    parser.add_argument("--images", type=int, default=700, help="radiographs a part, at most")
    parser.add_argument("--wrong", type=int, default=150, help="of these, made wrong in each way")
    parser.add_argument("--strangers", type=int, default=120, help="made pictures of each kind")
    parser.add_argument("--phantoms", type=int, default=120, help="half to fit, half to tune")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: torch's default")
    given = parser.parse_args(argv)
    return exit_status(lambda: sys.stdout.write(f"{make(given)}\n"))


if __name__ == "__main__":
    sys.exit(main())
