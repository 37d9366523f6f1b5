"""How far scores have moved from those of the evaluation data. Needs only numpy."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

REFERENCE = "reference_scores.json"
BINS = 10
FLOOR = 1e-4  # share of an empty bin: its logarithm would be infinite
STABLE, SHIFTED = 0.1, 0.25


@dataclass(frozen=True, slots=True)
class Reference:
    """Score histograms of evaluation data: (BINS,) counts a label over equal bins of [0, 1]."""

    data: str
    images: int
    counts: Mapping[str, tuple[int, ...]]


def histogram(scores: Sequence[float]) -> tuple[int, ...]:
    """(BINS,) counts of scores in [0, 1]; the last bin holds 1 itself."""
    found = np.histogram(np.asarray(scores, dtype=np.float64), bins=BINS, range=(0.0, 1.0))[0]
    return tuple(int(count) for count in found)


def reference_of(data: str, labels: Sequence[str], scores: NDArray[np.float64]) -> Reference:
    """``scores``: (N, L) in label order."""
    counts = {label: histogram(scores[:, k].tolist()) for k, label in enumerate(labels)}
    return Reference(data, len(scores), counts)


def stability_index(expected: Sequence[int], actual: Sequence[int]) -> float:
    """Population stability index: sum over bins of (a - e) ln(a / e) of the shares; NaN without n.

    Below 0.1 stable, above 0.25 shifted. Source: Siddiqi, Credit Risk Scorecards, 2006.
    """
    if len(expected) != len(actual):
        raise ValueError("Both histograms need the same bins.")
    whole, seen = sum(expected), sum(actual)
    if not whole or not seen:
        return math.nan
    total = 0.0
    for before, now in zip(expected, actual, strict=True):
        e, a = max(before / whole, FLOOR), max(now / seen, FLOOR)
        total += (a - e) * math.log(a / e)
    return total


def write_reference(reference: Reference, folder: Path) -> None:
    table = {"data": reference.data, "images": reference.images, "counts": dict(reference.counts)}
    part = folder / f"{REFERENCE}.part"
    part.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    part.replace(folder / REFERENCE)


def read_reference(folder: Path) -> Reference | None:
    """None where the checkpoint has none, or one that cannot be read."""
    try:
        table = json.loads((folder / REFERENCE).read_text(encoding="utf-8"))
        counts = {str(k): tuple(int(n) for n in v) for k, v in table["counts"].items()}
        reference = Reference(str(table["data"]), int(table["images"]), counts)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    whole = all(len(row) == BINS for row in reference.counts.values())
    return reference if whole else None
