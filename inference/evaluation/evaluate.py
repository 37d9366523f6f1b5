"""All reported numbers of one model on one set of patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.calibration import brier, expected_calibration_error
from inference.evaluation.collect import Collected, boxes_of
from inference.evaluation.detection import Matches, average_precision, match_image, pool
from inference.evaluation.metrics import (
    RESAMPLES,
    Interval,
    Rows,
    auroc_per_label,
    bootstrap,
    macro,
    resample_patients,
    sensitivity,
    specificity,
)

Floats = NDArray[np.float64]
FEW_POSITIVES = 10


@dataclass(frozen=True, slots=True)
class LabelResult:
    """One finding on whole images; sensitivity and specificity at the model's threshold."""

    label: str
    images: int
    positives: int
    auroc: Interval
    threshold: float
    sensitivity: float
    specificity: float
    calibration_error: float
    brier: float


@dataclass(frozen=True, slots=True)
class BoxResult:
    """One boxed finding; the last two at the model's box threshold, IoU >= 0.4."""

    label: str
    images: int
    true_boxes: int
    ap50: Interval
    ap40: Interval
    threshold: float
    sensitivity: float
    false_per_image: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``macro_auroc`` over all labels; ``macro_auroc_common`` over those with >= 10 positives."""

    data: str
    part: str
    images: int
    patients: int
    macro_auroc: Interval
    macro_auroc_common: Interval
    labels: tuple[LabelResult, ...]
    mean_ap50: Interval | None
    mean_ap40: Interval | None
    boxes: tuple[BoxResult, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """``thresholds`` and ``box_thresholds`` follow the labels; the seed draws the resamples."""

    data: str
    part: str
    thresholds: tuple[float, ...]
    box_thresholds: tuple[float, ...]
    resamples: int = RESAMPLES
    seed: int = 0


def evaluate(collected: Collected, setting: Setting) -> Evaluation:
    """Needs at least one image. Intervals resample patients, not images."""
    samples = resample_patients(collected.patients, setting.resamples, setting.seed)
    rows = len(collected.records)
    common = (collected.truth & collected.known).sum(axis=0) >= FEW_POSITIVES

    def areas(chosen: Rows) -> Floats:
        values = auroc_per_label(
            collected.scores[chosen], collected.truth[chosen], collected.known[chosen]
        )
        return np.array([*values, macro(values), macro(values[common])])

    intervals = bootstrap(areas, samples, rows)
    boxes, mean_ap50, mean_ap40 = _boxes(collected, setting, samples)
    return Evaluation(
        data=setting.data,
        part=setting.part,
        images=rows,
        patients=len(set(collected.patients)),
        macro_auroc=intervals[-2],
        macro_auroc_common=intervals[-1],
        labels=tuple(
            _label(collected, number, interval, setting.thresholds[number])
            for number, interval in enumerate(intervals[:-2])
        ),
        mean_ap50=mean_ap50,
        mean_ap40=mean_ap40,
        boxes=boxes,
    )


def _label(collected: Collected, number: int, area: Interval, threshold: float) -> LabelResult:
    known = collected.known[:, number]
    scores, truth = collected.scores[known, number], collected.truth[known, number]
    return LabelResult(
        label=collected.labels[number],
        images=len(scores),
        positives=int(truth.sum()),
        auroc=area,
        threshold=threshold,
        sensitivity=sensitivity(scores, truth, threshold),
        specificity=specificity(scores, truth, threshold),
        calibration_error=expected_calibration_error(scores, truth),
        brier=brier(scores, truth),
    )


def _boxes(
    collected: Collected, setting: Setting, samples: list[Rows]
) -> tuple[tuple[BoxResult, ...], Interval | None, Interval | None]:
    if not collected.box_labels:
        return (), None, None
    found = [boxes_of(collected, label) for label in collected.box_labels]
    matched = {
        limit: [{row: match_image(image, limit) for row, image in label.items()} for label in found]
        for limit in (0.5, 0.4)
    }

    def precisions(chosen: Rows, limit: float) -> Floats:
        values = np.array([_precision(label, chosen) for label in matched[limit]])
        return np.append(values, macro(values))

    rows = len(collected.records)
    ap50 = bootstrap(lambda chosen: precisions(chosen, 0.5), samples, rows)
    ap40 = bootstrap(lambda chosen: precisions(chosen, 0.4), samples, rows)
    results = []
    for number, label in enumerate(collected.box_labels):
        pooled, images = pool(matched[0.4][number].values()), len(found[number])
        threshold = setting.box_thresholds[number]
        shown = pooled.hits[pooled.scores >= threshold]
        results.append(
            BoxResult(
                label=label,
                images=images,
                true_boxes=pooled.truths,
                ap50=ap50[number],
                ap40=ap40[number],
                threshold=threshold,
                sensitivity=float(shown.sum() / pooled.truths) if pooled.truths else float("nan"),
                false_per_image=float((~shown).sum() / images) if images else float("nan"),
            )
        )
    return tuple(results), ap50[-1], ap40[-1]


def _precision(matches: dict[int, Matches], chosen: Rows) -> float:
    return average_precision(pool(matches[row] for row in chosen.tolist() if row in matches))
