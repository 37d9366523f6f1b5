"""Points of curves, few enough to store: only the corners are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.evaluation.bootstrap import Floats
from inference.evaluation.metrics import Ranked

MOST_POINTS = 200


@dataclass(frozen=True, slots=True)
class Curve:
    """Points from left to right as they are drawn; empty where there is no curve."""

    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()


def roc_curve(label: Ranked) -> Curve:
    """False positive rate and sensitivity by falling threshold; straight over equal scores."""
    hits, false = _cumulated(label)
    if not len(hits) or hits[-1] == 0 or false[-1] == 0:
        return Curve()
    return _corners(np.append(0.0, false / false[-1]), np.append(0.0, hits / hits[-1]))


def precision_recall_curve(label: Ranked) -> Curve:
    """Recall and precision by falling threshold, one point a distinct score."""
    hits, false = _cumulated(label)
    if not len(hits) or hits[-1] == 0:
        return Curve()
    return _corners(hits / hits[-1], hits / (hits + false))


def _cumulated(label: Ranked) -> tuple[Floats, Floats]:
    if not len(label.rows):
        return np.empty(0), np.empty(0)
    everything = np.zeros((1, int(label.rows.max()) + 1))
    everything[0, label.rows] = 1.0
    positives, negatives = label.groups(everything)
    return np.cumsum(positives[0, ::-1]), np.cumsum(negatives[0, ::-1])


def _corners(x: Floats, y: Floats) -> Curve:
    """Without points on the line between their neighbours; thinned evenly where still too many."""
    before_x, before_y = np.diff(x)[:-1], np.diff(y)[:-1]
    after_x, after_y = np.diff(x)[1:], np.diff(y)[1:]
    bends = np.abs(before_x * after_y - before_y * after_x) > 1e-12
    keep = np.flatnonzero(np.concatenate(([True], bends, [True]))[: len(x)])
    if len(keep) > MOST_POINTS:
        keep = keep[np.unique(np.linspace(0, len(keep) - 1, MOST_POINTS).round().astype(int))]
    return Curve(tuple(x[keep].round(5).tolist()), tuple(y[keep].round(5).tolist()))
