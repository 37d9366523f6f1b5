"""Radiographs for fitting and measuring the input gate, and their gate vectors."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.strangers import Grey, otherwise_taken, strangers, variants
from inference.predict.lungs import LungSegmenter
from inference.predict.quality_measures import gate_vector
from inference.predict.quality_parameters import OTHER, UPRIGHT
from inference.training.images import read_grey
from inference.training.splits import Split

OLDEST_YEARS = 110  # an age above is a slip of the table, not an adult


@dataclass(frozen=True, slots=True)
class Radiograph:
    path: Path
    patient_id: str


def adults(folder: Path, split: Split, part: str) -> list[Radiograph]:
    """Frontal radiographs of adults of one part, in the order of ``labels.csv``.

    Raises EvaluationRefused where the table cannot be read or has none of them.
    """
    patients = split.patients(part)
    try:
        with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except OSError as error:
        raise EvaluationRefused(f"labels.csv cannot be read: {error.strerror}.") from error
    found = [
        Radiograph(folder / "images" / row["image"], row["patient_id"])
        for row in rows
        if row["patient_id"] in patients and 18 <= float(row["age_years"] or 0) <= OLDEST_YEARS
    ]
    if not found:
        raise EvaluationRefused(f"There is no radiograph of an adult in the part {part}.")
    return found


def some(items: list[Radiograph], count: int, seed: int) -> list[Radiograph]:
    """At most ``count`` of them, drawn by seed, in their order."""
    chosen = np.random.default_rng(seed).permutation(len(items))[:count]
    return [items[index] for index in sorted(chosen.tolist())]


@dataclass(frozen=True, slots=True)
class Vectors:
    """values (N, D) gate vectors; ``classes``: the true class of each row."""

    values: NDArray[np.float32]
    classes: tuple[str, ...]

    def of(self, *names: str) -> NDArray[np.float32]:
        """The rows of these classes."""
        return self.values[[name in names for name in self.classes]]


def radiograph_vectors(
    segmenter: LungSegmenter, items: list[Radiograph], *, wrong: int, seed: int
) -> Vectors:
    """Each radiograph as it is and otherwise taken; of the first ``wrong`` also all variants."""
    random = np.random.default_rng(seed)
    rows: list[tuple[str, NDArray[np.float32]]] = []
    for index, item in enumerate(items):
        grey = read_grey(item.path)
        rows.append((UPRIGHT, _vector(segmenter, grey)))
        rows.append(
            (f"{UPRIGHT}, otherwise taken", _vector(segmenter, otherwise_taken(grey, random)))
        )
        if index < wrong:
            made = variants(otherwise_taken(grey, random), random)
            rows += [(name, _vector(segmenter, image)) for name, image in made]
    return _stacked(rows)


def phantom_vectors(segmenter: LungSegmenter, seeds: range) -> Vectors:
    """The drawn radiographs of demos and tests pass as upright: they are shown as such."""
    return _stacked([(UPRIGHT, _vector(segmenter, phantom_grey(seed))) for seed in seeds])


def phantom_grey(seed: int) -> Grey:
    """A phantom as it is shown: windowed to its middle 99 %."""
    # optional: the generator draws with OpenCV, which a training machine may lack
    from inference.phantoms.generator import make_phantom

    stored = make_phantom(seed, size_px=(512, 440)).image.astype(np.float32)
    low, high = np.percentile(stored, (0.5, 99.5))
    grey: Grey = np.clip((stored - low) / max(float(high - low), 1.0), 0.0, 1.0)
    return grey.astype(np.float32)


def stranger_vectors(segmenter: LungSegmenter, per_kind: int) -> tuple[Vectors, Vectors]:
    """Those for fitting, and a quarter of them again for tuning: never those for measuring."""
    fitting = [item for item in strangers(per_kind) if item.for_fitting]
    rows = [(OTHER, _vector(segmenter, item.grey)) for item in fitting]
    tuning = [row for row, item in zip(rows, fitting, strict=True) if item.number % 4 == 0]
    fitted = [row for row, item in zip(rows, fitting, strict=True) if item.number % 4 == 2]
    return _stacked(fitted), _stacked(tuning)


def _vector(segmenter: LungSegmenter, grey: Grey) -> NDArray[np.float32]:
    return gate_vector(segmenter.segment(grey))


def _stacked(rows: list[tuple[str, NDArray[np.float32]]]) -> Vectors:
    return Vectors(np.stack([row for _, row in rows]), tuple(name for name, _ in rows))


def joined(parts: Sequence[Vectors]) -> Vectors:
    """One set out of several."""
    return Vectors(
        np.concatenate([part.values for part in parts]),
        tuple(name for part in parts for name in part.classes),
    )
