"""Boxes against boxes: greedy matching by score and all-point average precision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.predict.boxes import iou_matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ImageBoxes:
    """One label on one image: true boxes (T, 4), found boxes (F, 4) xyxy, and their scores (F,)."""

    truth: Floats
    found: Floats
    scores: Floats


@dataclass(frozen=True, slots=True)
class Matches:
    """Found boxes of a label by falling score, which are hits, and how many truths there are."""

    scores: Floats
    hits: NDArray[np.bool_]
    truths: int


def match_image(image: ImageBoxes, min_iou: float) -> Matches:
    """Each found box, best first, takes the free true box it overlaps most, if IoU >= min_iou."""
    overlap = iou_matrix(image.found, image.truth)
    free = np.ones(len(image.truth), dtype=bool)
    order = np.argsort(-image.scores, kind="stable")
    hits = np.zeros(len(order), dtype=bool)
    for rank, index in enumerate(order):
        if not free.any():
            break
        candidates = np.where(free, overlap[index], -1.0)
        best = int(candidates.argmax())
        if candidates[best] >= min_iou:
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


def match(images: list[ImageBoxes], min_iou: float) -> Matches:
    return pool(match_image(image, min_iou) for image in images)


def average_precision(matches: Matches) -> float:
    """Area under the precision envelope (all points, PASCAL VOC 2010); NaN without truths."""
    if matches.truths == 0:
        return float("nan")
    true_positives = np.cumsum(matches.hits)
    recall = true_positives / matches.truths
    precision = true_positives / np.arange(1, len(matches.hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * envelope))
