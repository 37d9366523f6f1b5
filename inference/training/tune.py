"""Calibration, thresholds and the box gate, all chosen on validation patients."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.calibration import CalibrationCheck, check_platt, fit_platt, logits_of
from inference.evaluation.collect import Collected, boxes_of
from inference.evaluation.detection import AP40, ImageBoxes, average_precision, match
from inference.evaluation.metrics import macro
from inference.evaluation.thresholds import (
    MIN_POSITIVES,
    MIN_SPECIFICITY,
    YOUDEN,
    ThresholdRule,
    best_f1_box_threshold,
)
from inference.networks.description import BoxRules, Calibration, Description

Floats = NDArray[np.float64]
GATES = (0.0, 0.25, 0.5, 0.75)
MAX_FALSE_BOXES_PER_IMAGE = 0.05
MIN_BOX_PRECISION = 0.3
# A calibration that is claimed has to hold: this far off at most, with this many positives a label.
MAX_CALIBRATION_ERROR = 0.05
MIN_CALIBRATION_POSITIVES = 10


DEFAULT_RULE = ThresholdRule(YOUDEN, MIN_SPECIFICITY)


@dataclass(frozen=True, slots=True)
class TuningRules:
    """What was asked of thresholds. ``thresholds``: how those of findings are chosen, in words."""

    thresholds: str
    min_positives: int = MIN_POSITIVES
    max_false_boxes_per_image: float = MAX_FALSE_BOXES_PER_IMAGE
    min_box_precision: float = MIN_BOX_PRECISION


@dataclass(frozen=True, slots=True)
class Tuned:
    """``scores`` (N, L): those of the validation images under the tuned description.

    ``check``: whether a calibration could be claimed; None for a detector alone.
    """

    description: Description
    check: CalibrationCheck | None
    scores: Floats
    rules: TuningRules


def untuned(description: Description) -> Description:
    """The description whose raw outputs ``tune`` wants: no calibration, no gate, all boxes."""
    return replace(
        description,
        calibration=None,
        thresholds=(0.0,) * len(description.labels),
        boxes=BoxRules((0.0,) * len(description.box_labels), 0.0),
    )


def tune(
    description: Description, validation: Collected, rule: ThresholdRule = DEFAULT_RULE
) -> Tuned:
    """``validation`` must have been collected with the untuned description."""
    calibration, check, scores = tune_calibration(description, validation)
    known = validation.known
    thresholds = tuple(
        rule.choose(scores[known[:, k], k], validation.truth[known[:, k], k])
        for k in range(scores.shape[1])
    )
    boxes = tune_boxes(validation, scores)
    tuned = replace(description, calibration=calibration, thresholds=thresholds, boxes=boxes)
    return Tuned(tuned, check, scores, TuningRules(rule.in_words))


def tune_calibration(
    description: Description, validation: Collected
) -> tuple[Calibration | None, CalibrationCheck | None, Floats]:
    """Platt's where it holds on patients left out of its fit, else none; and the final scores."""
    if not validation.labels:
        return None, None, validation.scores
    logits, known = logits_of(validation.scores), validation.known
    check = check_platt(logits, validation.truth, validation.patients, known)
    if not check.holds(max_error=MAX_CALIBRATION_ERROR, min_positives=MIN_CALIBRATION_POSITIVES):
        return None, check, validation.scores
    fits = [
        fit_platt(logits[known[:, k], k], validation.truth[known[:, k], k])
        for k in range(logits.shape[1])
    ]
    scores = np.stack([fit(logits[:, k]) for k, fit in enumerate(fits)], axis=1)
    calibration = Calibration(
        tuple(fit.slope for fit in fits),
        tuple(fit.offset for fit in fits),
        f"{description.provenance.data}, validation patients, n = {len(scores)}",
    )
    return calibration, check, scores


def tune_boxes(validation: Collected, scores: Floats) -> BoxRules:
    """The gate with the best mean AP40, then each label's threshold with few false boxes."""
    found = {label: boxes_of(validation, label) for label in validation.box_labels}
    column = {label: k for k, label in enumerate(validation.labels)}

    def gated(label: str, gate: float) -> list[ImageBoxes]:
        if gate == 0.0:
            return list(found[label].values())
        return [
            replace(image, scores=image.scores ** (1 - gate) * scores[row, column[label]] ** gate)
            for row, image in found[label].items()
        ]

    def mean_ap(gate: float) -> float:
        values = [average_precision(match(gated(label, gate), AP40)) for label in found]
        return macro(np.array(values))

    if not found:
        return BoxRules()
    # Without a score of every boxed finding there is nothing to gate by.
    gate = max(GATES, key=mean_ap) if set(found) <= set(column) else 0.0
    thresholds = tuple(
        best_f1_box_threshold(
            match(gated(label, gate), AP40),
            len(found[label]),
            max_false_per_image=MAX_FALSE_BOXES_PER_IMAGE,
            min_precision=MIN_BOX_PRECISION,
        )
        for label in found
    )
    return BoxRules(thresholds, gate)
