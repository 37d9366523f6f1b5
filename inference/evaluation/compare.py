"""Two models on the same images: the paired bootstrap of their difference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from inference.evaluation.bootstrap import (
    RESAMPLES,
    Counts,
    Floats,
    Interval,
    Statistic,
    draw_patients,
    intervals,
)
from inference.evaluation.collect import Collected
from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.findings import OfLabel, has_many, rank_labels, with_means
from inference.evaluation.found_boxes import match_labels, precisions_with_mean
from inference.evaluation.metrics import weighted_auroc, weighted_average_precision


@dataclass(frozen=True, slots=True)
class Difference:
    """``name`` as in a checkpoint's metrics. ``value``: second minus first, resampled together."""

    name: str
    first: float
    second: float
    value: Interval

    @property
    def is_shown(self) -> bool:
        """Whether the 95 % interval leaves 0 out."""
        return self.value.resamples > 0 and not self.value.low <= 0.0 <= self.value.high


@dataclass(frozen=True, slots=True)
class Comparison:
    """``first`` and ``second`` name the models; over the findings and boxes that both have."""

    first: str
    second: str
    images: int
    patients: int
    differences: tuple[Difference, ...]


def compare(
    models: tuple[str, str],
    first: Collected,
    second: Collected,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Raises EvaluationRefused unless both were collected over the same images, in one order."""
    if [item.image for item in first.records] != [item.image for item in second.records]:
        raise EvaluationRefused("Two models can only be compared on the same images.")
    counts = draw_patients(first.patients, resamples, seed)
    differences = [
        *_of_findings("auroc", weighted_auroc, (first, second), counts),
        *_of_findings("average_precision", weighted_average_precision, (first, second), counts),
        *_of_boxes((first, second), counts),
    ]
    return Comparison(*models, len(first.records), len(set(first.patients)), tuple(differences))


def _of_findings(
    name: str, of_label: OfLabel, both: tuple[Collected, Collected], counts: Counts
) -> list[Difference]:
    labels = tuple(label for label in both[0].labels if label in both[1].labels)
    if not labels:
        return []
    sides = []
    for collected in both:
        ranked = dict(zip(collected.labels, rank_labels(collected), strict=True))
        chosen = [ranked[label] for label in labels]
        sides.append(with_means(of_label, chosen, has_many(chosen)))
    names = [f"{name}/{label}" for label in labels]
    return _paired([*names, f"macro_{name}", f"macro_{name}_10_positives"], sides, counts)


def _of_boxes(both: tuple[Collected, Collected], counts: Counts) -> list[Difference]:
    labels = tuple(label for label in both[0].box_labels if label in both[1].box_labels)
    if not labels:
        return []
    # Which images judge a label depends on the boxed labels: both models get the same.
    matched = [match_labels(replace(collected, box_labels=labels)) for collected in both]
    differences = []
    for name, sides in (
        ("ap50", [item.half for item in matched]),
        ("ap40", [item.ap40 for item in matched]),
    ):
        statistics: list[Statistic] = [partial(precisions_with_mean, side) for side in sides]
        names = [*(f"{name}/{label}" for label in labels), f"mean_{name}"]
        differences += _paired(names, statistics, counts)
    return differences


def _paired(names: list[str], sides: list[Statistic], counts: Counts) -> list[Difference]:
    def difference(weights: Floats) -> Floats:
        return sides[1](weights) - sides[0](weights)

    once = np.ones((1, counts.shape[1]))
    values = [side(once)[0].tolist() for side in sides]
    return [
        Difference(name, first, second, interval)
        for name, first, second, interval in zip(
            names, *values, intervals(difference, counts), strict=True
        )
    ]
