"""Operating points, chosen on validation data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.detection import Matches

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NEVER = 1.0


def youden(scores: Floats, truth: Bools, *, min_specificity: float, min_positives: int) -> float:
    """The score with the highest sensitivity + specificity of those that keep ``min_specificity``.

    With fewer positives than ``min_positives`` nothing can be chosen by them: then it is 1, and the
    finding is never put before a reader. Ties take the higher threshold (fewer false alarms). The
    result lies halfway between two neighbouring scores. Source: Youden, Cancer 1950.
    """
    if int(truth.sum()) < min_positives:
        return NEVER
    negatives = np.sort(scores[~truth])
    steps = np.unique(scores)
    candidates = np.append((steps[:-1] + steps[1:]) / 2.0, (steps[-1] + 1.0) / 2.0)
    specific = np.searchsorted(negatives, candidates) / max(len(negatives), 1)
    allowed = specific >= min_specificity
    positives = np.sort(scores[truth])
    sensitive = 1.0 - np.searchsorted(positives, candidates) / len(positives)
    index = np.where(allowed, sensitive + specific, -1.0)
    best = np.flatnonzero(np.isclose(index, index.max()))[-1]
    return float(candidates[best])


def best_f1_box_threshold(
    matches: Matches, images: int, *, max_false_per_image: float, min_precision: float
) -> float:
    """The box score with the best F1 that shows few false boxes, an image and for each true one.

    NEVER (1.0) where no threshold finds a true box within both limits: no boxes beat noise.
    """
    hits = np.cumsum(matches.hits)
    false = np.arange(1, len(matches.hits) + 1) - hits
    f1 = 2.0 * hits / (hits + false + max(matches.truths, 1))
    few = (false <= max_false_per_image * images) & (hits >= min_precision * (hits + false))
    f1 = np.where(few, f1, 0.0)
    if not len(f1) or f1.max() <= 0.0:
        return NEVER
    return float(matches.scores[int(f1.argmax())])
