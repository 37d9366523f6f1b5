"""Boxes against boxes: greedy matching by score, all-point average precision, and FROC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.bootstrap import ratio
from inference.predict.boxes import iou_matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ImageBoxes:
    """One label on one image: true boxes (T, 4), found boxes (F, 4) xyxy, and their scores (F,)."""

    truth: Floats
    found: Floats
    scores: Floats


@dataclass(frozen=True, slots=True)
class Overlap:
    """What counts as found: an IoU of at least ``limit``; above it where ``strict``."""

    limit: float
    strict: bool = False

    def holds(self, value: float) -> bool:
        return value > self.limit if self.strict else value >= self.limit


# COCO's first limit counts itself; the 0.4 of VinBigData's challenge (PASCAL VOC 2010) does not.
HALF = Overlap(0.5)
AP40 = Overlap(0.4, strict=True)


@dataclass(frozen=True, slots=True)
class Matches:
    """Found boxes of a label by falling score, which are hits, and how many truths there are."""

    scores: Floats
    hits: NDArray[np.bool_]
    truths: int


def match_image(image: ImageBoxes, overlap: Overlap) -> Matches:
    """Each found box, best first, takes the free true box it overlaps most, if that is enough."""
    shared = iou_matrix(image.found, image.truth)
    free = np.ones(len(image.truth), dtype=bool)
    order = np.argsort(-image.scores, kind="stable")
    hits = np.zeros(len(order), dtype=bool)
    for rank, index in enumerate(order):
        if not free.any():
            break
        candidates = np.where(free, shared[index], -1.0)
        best = int(candidates.argmax())
        if overlap.holds(float(candidates[best])):
            free[best] = False
            hits[rank] = True
    return Matches(image.scores[order], hits, len(image.truth))


def pool(matches: Iterable[Matches]) -> Matches:
    """The matches of several images as one list by falling score."""
    parts = list(matches)
    scores = np.concatenate([part.scores for part in parts]) if parts else np.empty(0)
    hits = np.concatenate([part.hits for part in parts]) if parts else np.empty(0, dtype=bool)
    order = np.argsort(-scores, kind="stable")
    return Matches(scores[order], hits[order], sum(part.truths for part in parts))


def match(images: Iterable[ImageBoxes], overlap: Overlap) -> Matches:
    return pool(match_image(image, overlap) for image in images)


def average_precision(matches: Matches) -> float:
    """Area under the precision envelope (all points, PASCAL VOC 2010); NaN without truths."""
    if matches.truths == 0:
        return float("nan")
    true_positives = np.cumsum(matches.hits)
    recall = true_positives / matches.truths
    precision = true_positives / np.arange(1, len(matches.hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * envelope))


@dataclass(frozen=True, slots=True)
class LabelMatches:
    """One label over a set of N images, ready to be weighted.

    ``scores``, ``hits`` (F,) by falling score; ``rows`` (F,): the image of each; ``truths`` (N,)
    true boxes of each image; ``judged`` (N,): images that can judge this label.
    """

    scores: Floats
    hits: NDArray[np.bool_]
    rows: NDArray[np.int64]
    truths: Floats
    judged: NDArray[np.bool_]

    def cumulated(self, weights: Floats) -> tuple[Floats, Floats]:
        """(B, N) weights -> hits and false boxes down to each found box, (B, F) each."""
        chosen = weights[:, self.rows]
        return np.cumsum(chosen * self.hits, axis=1), np.cumsum(chosen * ~self.hits, axis=1)


def match_rows(images: Mapping[int, ImageBoxes], rows: int, overlap: Overlap) -> LabelMatches:
    """The images that can judge a label, by row number out of ``rows``."""
    matched = {row: match_image(image, overlap) for row, image in images.items()}
    truths, judged = np.zeros(rows), np.zeros(rows, dtype=bool)
    for row, found in matched.items():
        truths[row], judged[row] = found.truths, True
    owner = np.repeat(
        np.array(list(matched), dtype=np.int64), [len(found.hits) for found in matched.values()]
    )
    scores = np.concatenate([np.empty(0), *(found.scores for found in matched.values())])
    hits = np.concatenate([np.empty(0, dtype=bool), *(found.hits for found in matched.values())])
    order = np.argsort(-scores, kind="stable")
    return LabelMatches(scores[order], hits[order], owner[order], truths, judged)


def weighted_box_precision(label: LabelMatches, weights: Floats) -> Floats:
    """(B, N) weights of the images -> (B,) all-point average precision; NaN without truths."""
    hits, false = label.cumulated(weights)
    called = hits + false
    precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    area = (np.diff(hits, prepend=0.0, axis=1) * envelope).sum(axis=1)
    return ratio(area, weights @ label.truths)


def weighted_froc(label: LabelMatches, weights: Floats, rates: tuple[float, ...]) -> Floats:
    """(B, N) weights -> (B, R): sensitivity with at most so many false boxes an image.

    The highest that any threshold reaches within the rate; NaN without truths. Images are those
    that can judge the label. Source: Chakraborty, Medical Physics 1989.
    """
    hits, false = label.cumulated(weights)
    images, truths = weights @ label.judged, weights @ label.truths
    reached = [
        np.where(false <= rate * images[:, None], hits, 0.0).max(axis=1, initial=0.0)
        for rate in rates
    ]
    return np.stack([ratio(found, truths) for found in reached], axis=1)


def weighted_shown(
    label: LabelMatches, weights: Floats, threshold: float
) -> tuple[Floats, Floats, Floats]:
    """(B, N) weights -> sensitivity, precision and false boxes an image at a box threshold."""
    shown = label.scores >= threshold
    chosen = weights[:, label.rows]
    hits = (chosen * (label.hits & shown)).sum(axis=1)
    false = (chosen * (~label.hits & shown)).sum(axis=1)
    return (
        ratio(hits, weights @ label.truths),
        ratio(hits, hits + false),
        ratio(false, weights @ label.judged),
    )
