"""Operating points, chosen on validation data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.detection import Matches

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NEVER = 1.0
MIN_SPECIFICITY = 0.85
MIN_POSITIVES = 5
CHECKPOINT, YOUDEN, SENSITIVITY = "checkpoint", "youden", "sensitivity"


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """How thresholds come about: the checkpoint's own, or chosen anew on validation patients.

    ``limit``: the least specificity for Youden, the wanted sensitivity for a fixed one.
    """

    kind: str = CHECKPOINT
    limit: float = 0.0

    @classmethod
    def parse(cls, text: str) -> ThresholdRule:
        """``checkpoint``, ``youden``, ``youden:0.85`` or ``sensitivity:0.9``; or ValueError."""
        kind, _, limit = text.partition(":")
        if text == CHECKPOINT:
            return cls()
        if text == YOUDEN:
            return cls(YOUDEN, MIN_SPECIFICITY)
        if kind not in (YOUDEN, SENSITIVITY) or not 0.0 <= float(limit) <= 1.0:
            raise ValueError(f"{text} is no rule for thresholds")
        return cls(kind, float(limit))

    @property
    def in_words(self) -> str:
        if self.kind == CHECKPOINT:
            return "the checkpoint's own, chosen on its validation patients"
        if self.kind == YOUDEN:
            return (
                "the best sensitivity + specificity (Youden) on validation patients, of those "
                f"with a specificity of at least {self.limit:g} there"
            )
        return f"the highest with a sensitivity of at least {self.limit:g} on validation patients"

    def choose(self, scores: Floats, truth: Bools) -> float:
        """One label's threshold from validation data (N,), (N,)."""
        if self.kind == SENSITIVITY:
            return for_sensitivity(
                scores, truth, min_sensitivity=self.limit, min_positives=MIN_POSITIVES
            )
        return youden(scores, truth, min_specificity=self.limit, min_positives=MIN_POSITIVES)


def youden(scores: Floats, truth: Bools, *, min_specificity: float, min_positives: int) -> float:
    """The score with the highest sensitivity + specificity of those that keep ``min_specificity``.

    With fewer positives than ``min_positives`` nothing can be chosen by them: then it is 1, and the
    finding is never put before a reader. Ties take the higher threshold (fewer false alarms). The
    result lies halfway between two neighbouring scores. Source: Youden, Cancer 1950.
    """
    if int(truth.sum()) < min_positives:
        return NEVER
    negatives = np.sort(scores[~truth])
    candidates = _between(scores)
    specific = np.searchsorted(negatives, candidates) / max(len(negatives), 1)
    allowed = specific >= min_specificity
    positives = np.sort(scores[truth])
    sensitive = 1.0 - np.searchsorted(positives, candidates) / len(positives)
    index = np.where(allowed, sensitive + specific, -1.0)
    best = np.flatnonzero(np.isclose(index, index.max()))[-1]
    return float(candidates[best])


def for_sensitivity(
    scores: Floats, truth: Bools, *, min_sensitivity: float, min_positives: int
) -> float:
    """The highest threshold that calls at least this share of the positives.

    1 with fewer positives than ``min_positives``, as in ``youden``. The result lies halfway between
    two neighbouring scores, or below the lowest where every score has to be called.
    """
    if int(truth.sum()) < min_positives:
        return NEVER
    candidates = np.append(float(scores.min()) / 2.0, _between(scores))
    positives = np.sort(scores[truth])
    sensitive = 1.0 - np.searchsorted(positives, candidates) / len(positives)
    # A hair below: 1 - 1/10 is not exactly 9/10.
    return float(candidates[np.flatnonzero(sensitive >= min_sensitivity - 1e-9)[-1]])


def _between(scores: Floats) -> Floats:
    """Halfway between neighbouring scores, and between the highest and 1; rising."""
    steps = np.unique(scores)
    halves: Floats = np.append((steps[:-1] + steps[1:]) / 2.0, (steps[-1] + 1.0) / 2.0)
    return halves


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
