"""Numbers of whole-image scores: each finding, and their means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inference.evaluation.bootstrap import (
    Counts,
    Floats,
    Interval,
    Statistic,
    intervals,
    mean_of_usable,
)
from inference.evaluation.calibration import brier, expected_calibration_error
from inference.evaluation.collect import Bools, Collected
from inference.evaluation.curves import Curve, precision_recall_curve, roc_curve
from inference.evaluation.metrics import (
    Ranked,
    confusion,
    ranked,
    weighted_auroc,
    weighted_average_precision,
)

FEW_POSITIVES = 10
OfLabel = Callable[[Ranked, Floats], Floats]


@dataclass(frozen=True, slots=True)
class LabelResult:
    """One finding on whole images; the rates are at ``threshold``, 1 if it is never proposed."""

    label: str
    images: int
    positives: int
    auroc: Interval
    average_precision: Interval
    threshold: float
    sensitivity: Interval
    specificity: Interval
    precision: Interval
    f1: Interval
    calibration_error: float
    brier: float
    roc: Curve
    precision_recall: Curve


@dataclass(frozen=True, slots=True)
class FindingsResult:
    """Means over all findings, and (``common``) over those with at least 10 positives."""

    macro_auroc: Interval
    macro_auroc_common: Interval
    macro_average_precision: Interval
    macro_average_precision_common: Interval
    labels: tuple[LabelResult, ...]


def rank_labels(collected: Collected) -> tuple[Ranked, ...]:
    """One a label, over the images where it is known."""
    return tuple(
        ranked(collected.scores[:, k], collected.truth[:, k], collected.known[:, k])
        for k in range(len(collected.labels))
    )


def has_many(labels: Sequence[Ranked]) -> Bools:
    """(L,) which labels have at least 10 positives."""
    return np.array([int(label.truth.sum()) >= FEW_POSITIVES for label in labels], dtype=bool)


def with_means(of_label: OfLabel, labels: Sequence[Ranked], common: Bools) -> Statistic:
    """A number of each label, then its mean over all labels, then over the ``common`` ones."""

    def statistic(weights: Floats) -> Floats:
        each = np.stack([of_label(label, weights) for label in labels], axis=1)
        return np.column_stack((each, mean_of_usable(each), mean_of_usable(each[:, common])))

    return statistic


def evaluate_findings(
    collected: Collected, thresholds: tuple[float, ...], counts: Counts, *, curves: bool = True
) -> FindingsResult | None:
    """None for a detector alone. ``thresholds`` follow the labels. Empty curves where not asked."""
    if not collected.labels:
        return None
    labels = rank_labels(collected)
    common = has_many(labels)
    areas = intervals(with_means(weighted_auroc, labels, common), counts)
    precisions = intervals(with_means(weighted_average_precision, labels, common), counts)
    rows = tuple(
        _label(name, label, (areas[k], precisions[k]), thresholds[k], counts)
        for k, (name, label) in enumerate(zip(collected.labels, labels, strict=True))
    )
    if not curves:
        rows = tuple(replace(row, roc=Curve(), precision_recall=Curve()) for row in rows)
    return FindingsResult(
        macro_auroc=areas[-2],
        macro_auroc_common=areas[-1],
        macro_average_precision=precisions[-2],
        macro_average_precision_common=precisions[-1],
        labels=rows,
    )


def _label(
    name: str,
    label: Ranked,
    areas: tuple[Interval, Interval],
    threshold: float,
    counts: Counts,
) -> LabelResult:
    def rates(weights: Floats) -> Floats:
        found = confusion(label, weights, threshold)
        return np.column_stack((found.sensitivity, found.specificity, found.precision, found.f1))

    sensitivity, specificity, precision, f1 = intervals(rates, counts)
    return LabelResult(
        label=name,
        images=len(label.rows),
        positives=int(label.truth.sum()),
        auroc=areas[0],
        average_precision=areas[1],
        threshold=threshold,
        sensitivity=sensitivity,
        specificity=specificity,
        precision=precision,
        f1=f1,
        calibration_error=expected_calibration_error(label.scores, label.truth),
        brier=brier(label.scores, label.truth),
        roc=roc_curve(label),
        precision_recall=precision_recall_curve(label),
    )
