"""Numbers of two models on the same images, their difference and its two questions.

``Part`` is everybody or one subgroup. What its numbers share (ranked scores, matched boxes, drawn
patients) is worked out once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from inference.evaluation.bootstrap import (
    BLOCK,
    Counts,
    Floats,
    Statistic,
    draw_patients,
    mean_of_usable,
)
from inference.evaluation.collect import Collected
from inference.evaluation.detection import LabelMatches, weighted_box_precision
from inference.evaluation.findings import rank_labels
from inference.evaluation.found_boxes import match_labels
from inference.evaluation.metrics import Ranked, weighted_auroc
from inference.evaluation.noninferiority import p_values

AUROC, AP40 = "auroc", "ap40"
EVERYBODY, ALL_FINDINGS = "all", "all findings"
INFERIOR, AS_GOOD, OPEN, FEW = "inferior", "as good", "not shown", "too few cases"


@dataclass(frozen=True, slots=True)
class Rule:
    """``least_cases``: patients with and patients without the finding that a number needs."""

    margin: float = 0.05
    alpha: float = 0.05
    least_cases: int = 10
    resamples: int = 1000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Tested:
    """One number of both models. ``cases``: patients with the finding, ``others``: without.

    ``group``: "all", or attribute and name. A finding named ``ALL_FINDINGS`` is the mean over those
    with enough cases. NaN stands where there is no number.
    """

    measure: str
    finding: str
    group: str
    cases: int
    others: int
    active: float
    candidate: float
    difference: float
    low: float
    high: float
    p_inferior: float
    p_as_good: float
    p_adjusted: float = math.nan
    verdict: str = OPEN


def cases_of(collected: Collected, label: str) -> tuple[int, int]:
    """Patients with the finding, and patients who are known to have it on no image."""
    present = {r.patient_id for r in collected.records if label in r.labels and label in r.known}
    known = {r.patient_id for r in collected.records if label in r.known}
    return len(present), len(known - present)


def boxed_cases(collected: Collected, label: str) -> tuple[int, int]:
    """Patients with a true box of the finding, and the others."""
    boxed = {r.patient_id for r in collected.records if label in {n for n, _ in r.boxes}}
    return len(boxed), len(set(collected.patients)) - len(boxed)


@dataclass(slots=True)
class Part:
    """Both models on the images of ``group``: (active, candidate), labels in the active's words."""

    group: str
    both: tuple[Collected, Collected]
    rule: Rule
    _areas: tuple[dict[str, Ranked], ...] = field(init=False)
    _boxes: tuple[dict[str, LabelMatches], ...] = field(init=False)
    _counts: Counts | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._areas = tuple(
            dict(zip(side.labels, rank_labels(side), strict=True)) for side in self.both
        )
        # Which images judge a label depends on the boxed labels: both models get the same.
        boxed = _shared(self.both[0].box_labels, self.both[1].box_labels)
        self._boxes = tuple(
            dict(zip(boxed, match_labels(replace(side, box_labels=boxed)).ap40, strict=True))
            for side in self.both
        )

    def findings(self, *, few: bool) -> list[Tested]:
        """Every shared finding; those with too few cases only where asked for."""
        tested = [self._auroc((label,), label) for label in self._labels()]
        tested += [self._ap40((label,), label) for label in self._boxed()]
        return [test for test in tested if few or test.verdict != FEW]

    def means(self) -> list[Tested]:
        """The means over the findings with enough cases here, AUROC and AP40."""
        active, found = self.both[0], []
        if active.labels:
            enough = [x for x in self._labels() if self._is_enough(AUROC, cases_of(active, x))]
            found.append(self._auroc(tuple(enough), ALL_FINDINGS))
        if self._boxed():
            enough = [x for x in self._boxed() if self._is_enough(AP40, boxed_cases(active, x))]
            found.append(self._ap40(tuple(enough), ALL_FINDINGS))
        return found

    def _labels(self) -> tuple[str, ...]:
        return _shared(self.both[0].labels, self.both[1].labels)

    def _boxed(self) -> tuple[str, ...]:
        return tuple(self._boxes[0])

    def _is_enough(self, measure: str, cases: tuple[int, int]) -> bool:
        fewest = cases[0] if measure == AP40 else min(cases)
        return fewest >= self.rule.least_cases

    def _auroc(self, labels: tuple[str, ...], finding: str) -> Tested:
        cases = _fewest([cases_of(self.both[0], label) for label in labels])
        sides = [partial(_mean_auroc, [side[label] for label in labels]) for side in self._areas]
        return self._tested(AUROC, finding, cases, sides)

    def _ap40(self, labels: tuple[str, ...], finding: str) -> Tested:
        cases = _fewest([boxed_cases(self.both[0], label) for label in labels])
        sides = [partial(_mean_ap40, [side[label] for label in labels]) for side in self._boxes]
        return self._tested(AP40, finding, cases, sides)

    def _tested(
        self, measure: str, finding: str, cases: tuple[int, int], sides: Sequence[Statistic]
    ) -> Tested:
        names = (measure, finding, self.group)
        once = np.ones((1, len(self.both[0].records)))
        active, candidate = (float(side(once)[0, 0]) for side in sides)
        difference, nothing = candidate - active, math.nan
        if not self._is_enough(measure, cases) or math.isnan(difference):
            blank = (difference, nothing, nothing, nothing, nothing)
            return Tested(*names, *cases, active, candidate, *blank, verdict=FEW)
        drawn = _drawn(sides, self._drawn_patients())
        low, high = (float(value) for value in np.percentile(drawn, (2.5, 97.5)))
        p = p_values(difference, float(np.std(drawn, ddof=1)), self.rule.margin)
        return Tested(*names, *cases, active, candidate, difference, low, high, *p)

    def _drawn_patients(self) -> Counts:
        if self._counts is None:
            rule = self.rule
            self._counts = draw_patients(self.both[0].patients, rule.resamples, rule.seed)
        return self._counts


def _shared(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return tuple(label for label in first if label in second)


def _fewest(numbers: list[tuple[int, int]]) -> tuple[int, int]:
    """Of a mean: the fewest cases of a finding in it."""
    return (min(n for n, _ in numbers), min(n for _, n in numbers)) if numbers else (0, 0)


def _mean_auroc(labels: list[Ranked], weights: Floats) -> Floats:
    if not labels:
        return np.full((len(weights), 1), np.nan)
    each = np.stack([weighted_auroc(label, weights) for label in labels], axis=1)
    return mean_of_usable(each)[:, None]


def _mean_ap40(labels: list[LabelMatches], weights: Floats) -> Floats:
    if not labels:
        return np.full((len(weights), 1), np.nan)
    each = np.stack([weighted_box_precision(label, weights) for label in labels], axis=1)
    return mean_of_usable(each)[:, None]


def _drawn(sides: Sequence[Statistic], counts: Counts) -> Floats:
    """(B,) differences, without the resamples that had none."""
    parts = []
    for start in range(0, len(counts), BLOCK):
        weights = counts[start : start + BLOCK].astype(np.float64)
        parts.append(sides[1](weights)[:, 0] - sides[0](weights)[:, 0])
    values = np.concatenate(parts)
    usable: Floats = values[np.isfinite(values)]
    return usable if len(usable) > 1 else np.zeros(2)
