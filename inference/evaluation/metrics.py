"""Numbers for whole-image scores. Needs only numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.bootstrap import Floats, ratio

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One label's scores in rising order, ready to be weighted.

    ``rows`` (n,): where each score came from; ``truth`` (n,); ``starts`` (G,): the first of each
    group of equal scores.
    """

    scores: Floats
    truth: Bools
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]

    def groups(self, weights: Floats) -> tuple[Floats, Floats]:
        """(B, N) weights -> positives and negatives of each group of equal scores, (B, G) each."""
        chosen = weights[:, self.rows]
        positives = np.add.reduceat(chosen * self.truth, self.starts, axis=1)
        negatives = np.add.reduceat(chosen * ~self.truth, self.starts, axis=1)
        return positives, negatives


def ranked(scores: Floats, truth: Bools, known: Bools | None = None) -> Ranked:
    """(N,) each. Rows where ``known`` is false stay out."""
    rows = np.arange(len(scores)) if known is None else np.flatnonzero(known)
    rows = rows[np.argsort(scores[rows], kind="stable")]
    ordered = scores[rows]
    starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf) > 0)
    return Ranked(ordered, truth[rows], rows, starts)


def weighted_auroc(label: Ranked, weights: Floats) -> Floats:
    """(B, N) -> (B,): P(a positive scores above a negative), ties half; NaN without both kinds.

    Source: Mann and Whitney 1947; equal to sklearn.metrics.roc_auc_score with sample weights.
    """
    if not len(label.rows):
        return np.full(len(weights), np.nan)
    positives, negatives = label.groups(weights)
    below = np.cumsum(negatives, axis=1) - negatives / 2.0
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return ratio((positives * below).sum(axis=1), pairs)


def weighted_average_precision(label: Ranked, weights: Floats) -> Floats:
    """(B, N) -> (B,): sum of precision times step in recall; NaN without positives.

    Not interpolated; equal to sklearn.metrics.average_precision_score with sample weights.
    """
    if not len(label.rows):
        return np.full(len(weights), np.nan)
    positives, negatives = label.groups(weights)
    hits = np.cumsum(positives[:, ::-1], axis=1)
    called = hits + np.cumsum(negatives[:, ::-1], axis=1)
    precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
    return ratio((precision * positives[:, ::-1]).sum(axis=1), hits[:, -1])


def auroc(scores: Floats, truth: Bools) -> float:
    """P(a positive scores above a negative), ties half; NaN without both kinds. (N,), (N,)."""
    return float(weighted_auroc(ranked(scores, truth), np.ones((1, len(scores))))[0])


def average_precision_score(scores: Floats, truth: Bools) -> float:
    """Area under precision and recall, not interpolated; NaN without positives. (N,), (N,)."""
    return float(weighted_average_precision(ranked(scores, truth), np.ones((1, len(scores))))[0])


def auroc_per_label(scores: Floats, truth: Bools, known: Bools) -> Floats:
    """(N, L) each -> (L,), over the rows where a label is known."""
    return np.array(
        [
            auroc(scores[known[:, label], label], truth[known[:, label], label])
            for label in range(scores.shape[1])
        ]
    )


def macro(values: Floats) -> float:
    """Mean over the labels that have a value; NaN where none has."""
    usable = values[np.isfinite(values)]
    return float(usable.mean()) if len(usable) else float("nan")


@dataclass(frozen=True, slots=True)
class Confusion:
    """Weighted counts at one threshold, (B,) each; a score that reaches the threshold is called."""

    true_positives: Floats
    false_positives: Floats
    false_negatives: Floats
    true_negatives: Floats

    @property
    def sensitivity(self) -> Floats:
        """Also called recall: share of the positives that are called; NaN without positives."""
        return ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def specificity(self) -> Floats:
        """Share of the negatives that are not called; NaN without negatives."""
        return ratio(self.true_negatives, self.true_negatives + self.false_positives)

    @property
    def precision(self) -> Floats:
        """Share of the called that are positive; NaN where nothing is called."""
        return ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of precision and recall; NaN without positives and without calls."""
        wrong = self.false_positives + self.false_negatives
        return ratio(2.0 * self.true_positives, 2.0 * self.true_positives + wrong)


def confusion(label: Ranked, weights: Floats, threshold: float) -> Confusion:
    """(B, N) weights of the images -> what a threshold calls rightly and wrongly."""
    chosen = weights[:, label.rows]
    called = label.scores >= threshold
    positive, negative = chosen * label.truth, chosen * ~label.truth
    return Confusion(
        positive[:, called].sum(axis=1),
        negative[:, called].sum(axis=1),
        positive[:, ~called].sum(axis=1),
        negative[:, ~called].sum(axis=1),
    )
