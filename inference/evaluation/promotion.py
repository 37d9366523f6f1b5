"""Whether a candidate may replace the active model: paired, by finding and by subgroup.

Both models read the same images of a frozen release. A difference is candidate minus active;
patients are drawn with replacement, both models' numbers are drawn together. Two questions are
asked of each difference d with its bootstrap standard error s and the margin m:

- is it inferior?      H0: d >= -m, rejected by a small Phi((d + m) / s);
- is it as good?       H0: d <= -m, rejected by a small Phi(-(d + m) / s).

The first family (every finding and every subgroup with enough cases) is corrected by Holm, since
one false alarm in many would refuse; the means over findings have to be shown as good.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from inference.evaluation.attributes import all_groups, groups_of
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
from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.findings import rank_labels
from inference.evaluation.found_boxes import match_labels
from inference.evaluation.metrics import Ranked, weighted_auroc
from inference.evaluation.noninferiority import holm, p_values

AUROC, AP40 = "auroc", "ap40"
EVERYBODY, ALL_FINDINGS = "all", "all findings"
NEVER = 1.0
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """``reasons``: why promotion is refused; none: it may go ahead."""

    images: int
    patients: int
    rule: Rule
    tests: tuple[Tested, ...]
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.reasons


def lost_proposals(active: Mapping[str, float], candidate: Mapping[str, float]) -> list[str]:
    """Names that the active model proposes and the candidate never does, by their thresholds.

    A threshold of 1 or more stands where too few positives were there to choose one. Names that the
    candidate does not know at all are left to ``judge_promotion``.
    """
    return [
        name
        for name, threshold in active.items()
        if threshold < NEVER and candidate.get(name, 0.0) >= NEVER
    ]


def judge_promotion(active: Collected, candidate: Collected, rule: Rule) -> Outcome:
    """Raises EvaluationRefused unless both were collected over the same images, in one order."""
    if [item.image for item in active.records] != [item.image for item in candidate.records]:
        raise EvaluationRefused("Two models can only be compared on the same images.")
    missing = [
        *(label for label in active.labels if label not in candidate.labels),
        *(f"boxes of {label}" for label in active.box_labels if label not in candidate.box_labels),
    ]
    tests = _everybody(active, candidate, rule)
    for group in all_groups(active.records):
        rows = [n for n, record in enumerate(active.records) if group in groups_of(record)]
        named = f"{group.attribute}: {group.name}"
        tests += _means(active.take(rows), candidate.take(rows), rule, named)
    decided = _decide(tests, rule)
    reasons = [f"The candidate does not know {label}." for label in missing]
    reasons += _reasons(decided, rule)
    return Outcome(len(active.records), len(set(active.patients)), rule, decided, tuple(reasons))


def _everybody(active: Collected, candidate: Collected, rule: Rule) -> list[Tested]:
    found = []
    for label in _shared(active.labels, candidate.labels):
        found.append(_auroc((active, candidate), (label,), rule, EVERYBODY, label))
    for label in _shared(active.box_labels, candidate.box_labels):
        found.append(_ap40((active, candidate), (label,), rule, EVERYBODY, label))
    return found + _means(active, candidate, rule, EVERYBODY)


def _means(active: Collected, candidate: Collected, rule: Rule, group: str) -> list[Tested]:
    """The means over the findings with enough cases in this group, AUROC and AP40."""
    both, found = (active, candidate), []
    labels = _enough(active, _shared(active.labels, candidate.labels), rule)
    if active.labels:
        found.append(_auroc(both, labels, rule, group, ALL_FINDINGS))
    boxed = _shared(active.box_labels, candidate.box_labels)
    if boxed:
        found.append(_ap40(both, _enough_boxes(active, boxed, rule), rule, group, ALL_FINDINGS))
    return found


def _shared(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return tuple(label for label in first if label in second)


def _enough(collected: Collected, labels: tuple[str, ...], rule: Rule) -> tuple[str, ...]:
    return tuple(x for x in labels if min(cases_of(collected, x)) >= rule.least_cases)


def _enough_boxes(collected: Collected, labels: tuple[str, ...], rule: Rule) -> tuple[str, ...]:
    return tuple(x for x in labels if boxed_cases(collected, x) >= rule.least_cases)


def cases_of(collected: Collected, label: str) -> tuple[int, int]:
    """Patients with the finding, and patients who are known to have it on no image."""
    present = {r.patient_id for r in collected.records if label in r.labels and label in r.known}
    known = {r.patient_id for r in collected.records if label in r.known}
    return len(present), len(known - present)


def boxed_cases(collected: Collected, label: str) -> int:
    """Patients with a true box of the finding."""
    return len({r.patient_id for r in collected.records if label in {n for n, _ in r.boxes}})


Both = tuple[Collected, Collected]


def _auroc(both: Both, labels: tuple[str, ...], rule: Rule, group: str, finding: str) -> Tested:
    cases = cases_of(both[0], labels[0]) if len(labels) == 1 else _fewest(both[0], labels)
    sides = []
    for collected in both:
        ranked = dict(zip(collected.labels, rank_labels(collected), strict=True))
        sides.append(partial(_mean_auroc, [ranked[label] for label in labels]))
    return _tested((AUROC, finding, group), cases, sides, both[0], rule)


def _fewest(collected: Collected, labels: tuple[str, ...]) -> tuple[int, int]:
    """Of a mean: the fewest cases of a finding in it."""
    numbers = [cases_of(collected, label) for label in labels]
    return (min(n for n, _ in numbers), min(n for _, n in numbers)) if numbers else (0, 0)


def _mean_auroc(labels: list[Ranked], weights: Floats) -> Floats:
    if not labels:
        return np.full((len(weights), 1), np.nan)
    each = np.stack([weighted_auroc(label, weights) for label in labels], axis=1)
    return mean_of_usable(each)[:, None]


def _ap40(both: Both, labels: tuple[str, ...], rule: Rule, group: str, finding: str) -> Tested:
    cases = min((boxed_cases(both[0], label) for label in labels), default=0)
    shared = _shared(both[0].box_labels, both[1].box_labels)
    sides = []
    for collected in both:
        # Which images judge a label depends on the boxed labels: both models get the same.
        matched = match_labels(replace(collected, box_labels=shared))
        chosen = [m for x, m in zip(shared, matched.ap40, strict=True) if x in labels]
        sides.append(partial(_mean_ap40, chosen))
    patients = len(set(both[0].patients))
    return _tested((AP40, finding, group), (cases, patients - cases), sides, both[0], rule)


def _mean_ap40(labels: list[LabelMatches], weights: Floats) -> Floats:
    if not labels:
        return np.full((len(weights), 1), np.nan)
    each = np.stack([weighted_box_precision(label, weights) for label in labels], axis=1)
    return mean_of_usable(each)[:, None]


def _tested(
    names: tuple[str, str, str],
    cases: tuple[int, int],
    sides: Sequence[Statistic],
    collected: Collected,
    rule: Rule,
) -> Tested:
    enough = cases[0] >= rule.least_cases and (names[0] == AP40 or cases[1] >= rule.least_cases)
    once = np.ones((1, len(collected.records)))
    active, candidate = (float(side(once)[0, 0]) for side in sides)
    nothing = math.nan
    if not enough or math.isnan(active) or math.isnan(candidate):
        blank = (candidate - active, nothing, nothing, nothing, nothing)
        return Tested(*names, *cases, active, candidate, *blank, verdict=FEW)
    drawn = _drawn(sides, draw_patients(collected.patients, rule.resamples, rule.seed))
    difference = candidate - active
    low, high = (float(value) for value in np.percentile(drawn, (2.5, 97.5)))
    p = p_values(difference, float(np.std(drawn, ddof=1)), rule.margin)
    return Tested(*names, *cases, active, candidate, difference, low, high, *p)


def _drawn(sides: Sequence[Statistic], counts: Counts) -> Floats:
    """(B,) differences, without the resamples that had none."""
    parts = []
    for start in range(0, len(counts), BLOCK):
        weights = counts[start : start + BLOCK].astype(np.float64)
        parts.append(sides[1](weights)[:, 0] - sides[0](weights)[:, 0])
    values = np.concatenate(parts)
    usable: Floats = values[np.isfinite(values)]
    return usable if len(usable) > 1 else np.zeros(2)


def _decide(tests: Sequence[Tested], rule: Rule) -> tuple[Tested, ...]:
    """Holm over every number with enough cases; then a word for each."""
    judged = [index for index, test in enumerate(tests) if test.verdict != FEW]
    adjusted = dict(zip(judged, holm([tests[i].p_inferior for i in judged]), strict=True))
    decided = []
    for index, test in enumerate(tests):
        if index in adjusted:
            word = AS_GOOD if test.p_as_good <= rule.alpha / 2 else OPEN
            word = INFERIOR if adjusted[index] <= rule.alpha else word
            test = replace(test, p_adjusted=adjusted[index], verdict=word)
        decided.append(test)
    return tuple(decided)


def _reasons(tests: Sequence[Tested], rule: Rule) -> list[str]:
    reasons = [
        f"{test.measure.upper()} of {test.finding} ({test.group}) is inferior: "
        f"{test.difference:+.3f} ({test.low:+.3f} to {test.high:+.3f}), "
        f"adjusted p {test.p_adjusted:.4f}, {test.cases} cases."
        for test in tests
        if test.verdict == INFERIOR
    ]
    overall = [t for t in tests if t.finding == ALL_FINDINGS and t.group == EVERYBODY]
    for test in overall:
        if test.verdict == FEW:
            if test.measure == AUROC:
                reasons.append(
                    f"No finding has {rule.least_cases} patients with and without it: the release "
                    "is too small to compare on."
                )
        elif test.verdict == OPEN:
            reasons.append(
                f"Mean {test.measure.upper()} is not shown to be as good within "
                f"{rule.margin:g}: {test.difference:+.3f} ({test.low:+.3f} to {test.high:+.3f})."
            )
    return reasons
