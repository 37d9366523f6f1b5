"""Calibration, thresholds and the box gate, all chosen on validation patients."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.calibration import CalibrationCheck, check_platt, fit_platt
from inference.evaluation.collect import Collected, boxes_of
from inference.evaluation.detection import ImageBoxes, average_precision, match
from inference.evaluation.metrics import macro
from inference.evaluation.thresholds import best_f1_box_threshold, youden
from inference.networks.description import BoxRules, Calibration, Description

Floats = NDArray[np.float64]
GATES = (0.0, 0.25, 0.5, 0.75)
MIN_SPECIFICITY = 0.85
MIN_POSITIVES = 5
MAX_FALSE_BOXES_PER_IMAGE = 0.05
MIN_BOX_PRECISION = 0.3
BOX_IOU = 0.4
# A calibration that is claimed has to hold: this far off at most, with this many positives a label.
MAX_CALIBRATION_ERROR = 0.05
MIN_CALIBRATION_POSITIVES = 10


@dataclass(frozen=True, slots=True)
class Tuned:
    description: Description
    check: CalibrationCheck


def untuned(description: Description) -> Description:
    """The description whose raw outputs ``tune`` wants: no calibration, no gate, all boxes."""
    return replace(
        description,
        calibration=None,
        thresholds=(0.0,) * len(description.labels),
        boxes=BoxRules((0.0,) * len(description.box_labels), 0.0),
    )


def tune(description: Description, validation: Collected) -> Tuned:
    """``validation`` must have been collected with the untuned description."""
    clipped = np.clip(validation.scores, 1e-7, 1.0 - 1e-7)
    logits: Floats = np.log(clipped / (1.0 - clipped))
    check = check_platt(logits, validation.truth, validation.patients)
    calibration = None
    scores = validation.scores
    if check.holds(max_error=MAX_CALIBRATION_ERROR, min_positives=MIN_CALIBRATION_POSITIVES):
        fits = [fit_platt(logits[:, k], validation.truth[:, k]) for k in range(logits.shape[1])]
        scores = np.stack([fit(logits[:, k]) for k, fit in enumerate(fits)], axis=1)
        calibration = Calibration(
            tuple(fit.slope for fit in fits),
            tuple(fit.offset for fit in fits),
            f"{description.provenance.data}, validation patients, n = {len(scores)}",
        )
    thresholds = tuple(
        youden(
            scores[:, k],
            validation.truth[:, k],
            min_specificity=MIN_SPECIFICITY,
            min_positives=MIN_POSITIVES,
        )
        for k in range(scores.shape[1])
    )
    boxes = tune_boxes(validation, scores)
    tuned = replace(description, calibration=calibration, thresholds=thresholds, boxes=boxes)
    return Tuned(tuned, check)


def tune_boxes(validation: Collected, scores: Floats) -> BoxRules:
    """The gate with the best mean AP40, then each label's threshold with few false boxes."""
    found = {label: boxes_of(validation, label) for label in validation.box_labels}
    column = {label: validation.labels.index(label) for label in validation.box_labels}

    def gated(label: str, gate: float) -> list[ImageBoxes]:
        return [
            replace(image, scores=image.scores ** (1 - gate) * scores[row, column[label]] ** gate)
            for row, image in found[label].items()
        ]

    def mean_ap(gate: float) -> float:
        values = [average_precision(match(gated(label, gate), BOX_IOU)) for label in found]
        return macro(np.array(values))

    if not found:
        return BoxRules()
    gate = max(GATES, key=mean_ap)
    thresholds = tuple(
        best_f1_box_threshold(
            match(gated(label, gate), BOX_IOU),
            len(found[label]),
            max_false_per_image=MAX_FALSE_BOXES_PER_IMAGE,
            min_precision=MIN_BOX_PRECISION,
        )
        for label in found
    )
    return BoxRules(thresholds, gate)
