"""Which patient trains, tunes or tests: seeded, stratified by finding, named by a hash."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.training.errors import DataRefused

TRAIN, VALIDATION, TEST = "train", "validation", "test"
PARTS = (TRAIN, VALIDATION, TEST)


@dataclass(frozen=True, slots=True)
class Split:
    """``parts``: (patient id, part), sorted by patient id. A patient has all images in one part."""

    parts: tuple[tuple[str, str], ...]

    @property
    def sha256(self) -> str:
        """SHA-256 of the CSV text that ``save`` writes."""
        return hashlib.sha256(self.to_csv().encode()).hexdigest()

    def patients(self, part: str) -> frozenset[str]:
        return frozenset(patient for patient, where in self.parts if where == part)

    def to_csv(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("patient_id", "part"))
        writer.writerows(self.parts)
        return text.getvalue()

    def save(self, path: Path) -> None:
        path.write_text(self.to_csv(), encoding="utf-8")


def load_split(path: Path) -> Split:
    """Raises DataRefused for unknown parts or a patient that stands twice."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [(row["patient_id"], row["part"]) for row in csv.DictReader(stream)]
    if len({patient for patient, _ in rows}) != len(rows):
        raise DataRefused("A patient stands twice in the split.")
    if any(part not in PARTS for _, part in rows):
        raise DataRefused(f"A part of the split is none of {', '.join(PARTS)}.")
    return Split(tuple(sorted(rows)))


def split_patients(
    findings: Iterable[tuple[str, tuple[str, ...]]],
    *,
    validation_share: float,
    test_share: float,
    seed: int,
) -> Split:
    """(patient id, labels) an image -> Split. The same input and seed give the same split.

    Each patient counts for the rarest finding of all their images; every such group is divided in
    the wanted shares, so that rare findings are in each part.
    """
    labels_of: dict[str, set[str]] = {}
    for patient, labels in findings:
        labels_of.setdefault(patient, set()).update(labels)
    counts = Counter(label for labels in labels_of.values() for label in labels)
    groups: dict[str, list[str]] = {}
    for patient in sorted(labels_of):
        rarest = min(labels_of[patient], key=lambda label: (counts[label], label), default="")
        groups.setdefault(rarest, []).append(patient)
    random = np.random.default_rng(seed)
    parts: list[tuple[str, str]] = []
    for group in sorted(groups):
        # One random start a group: a group too small for its share still lands somewhere fairly.
        position = (random.permutation(len(groups[group])) + random.random()) / len(groups[group])
        for patient, place in zip(groups[group], position % 1.0, strict=True):
            part = TRAIN
            if place < test_share:
                part = TEST
            elif place < test_share + validation_share:
                part = VALIDATION
            parts.append((patient, part))
    return Split(tuple(sorted(parts)))
