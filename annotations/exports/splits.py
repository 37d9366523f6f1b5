"""Train, validation and test by patient: seeded, stratified by finding, no patient in two."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from annotations.exports.errors import ExportInvalid
from annotations.exports.types import Split


@dataclass(frozen=True, slots=True)
class SplitRule:
    """``validation`` and ``test`` are shares of the patients; the rest trains."""

    validation: float = 0.15
    test: float = 0.15
    seed: int = 0

    def __post_init__(self) -> None:
        shares = (self.validation, self.test)
        if not all(0.0 <= share < 1.0 for share in shares) or sum(shares) >= 1.0:
            raise ExportInvalid("Shares of validation and test lie in [0, 1), their sum below 1.")


DEFAULT_RULE = SplitRule()


def split_patients(
    findings: Iterable[tuple[str, tuple[str, ...]]], rule: SplitRule
) -> dict[str, Split]:
    """(patient, labels) an image -> the split of each patient; the same input, the same answer.

    A patient counts for the rarest finding of all their images, and every such group is divided in
    the wanted shares: a finding of three patients still reaches the test part if one of them does.
    """
    labels_of: dict[str, set[str]] = {}
    for patient, labels in findings:
        labels_of.setdefault(patient, set()).update(labels)
    counts = Counter(label for labels in labels_of.values() for label in labels)
    groups: dict[str, list[str]] = {}
    for patient, carried in labels_of.items():
        rarest = min(carried, key=lambda label: (counts[label], label), default="")
        groups.setdefault(rarest, []).append(patient)
    parts: dict[str, Split] = {}
    for name, patients in groups.items():
        ordered = sorted(patients, key=lambda patient: _draw(rule.seed, patient))
        # Each group begins at a place of its own, or small groups would all go to one part.
        start = _draw(rule.seed, f"group {name}")
        for position, patient in enumerate(ordered):
            parts[patient] = _part((start + position / len(ordered)) % 1.0, rule)
    return parts


def _part(place: float, rule: SplitRule) -> Split:
    if place < rule.test:
        return Split.TEST
    return Split.VAL if place < rule.test + rule.validation else Split.TRAIN


def _draw(seed: int, text: str) -> float:
    """In [0, 1), the same on every machine."""
    digest = hashlib.sha256(f"{seed}\0{text}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2.0**56
