"""How far readers agree: Fleiss' kappa a class, and the overlap of their boxes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from inference.eda.types import Annotations, Floats, Ints

RESAMPLES = 500
MATCH_IOU = 0.4


@dataclass(frozen=True, slots=True)
class ClassAgreement:
    """``images``: read by two readers or more; ``kappa`` NaN where chance alone decides.

    ``box_iou``: mean IoU of the boxes that two readers drew of one finding on one image, each
    matched to its best; ``box_pairs``: how many pairs of readers boxed the same image.
    """

    label: str
    images: int
    positives: int
    kappa: float
    low: float
    high: float
    box_iou: float
    box_matched_share: float
    box_pairs: int


def fleiss_kappa(positives: Floats, readers: Floats, weights: Floats | None = None) -> Floats:
    """positives (I, K) readers that state each class, readers (I,) >= 2 -> kappa (K,).

    For two categories, and readers whose number may differ between images. NaN where every reader
    says the same everywhere. ``weights`` (I,): how often an image counts. Source: Fleiss,
    Psychological Bulletin 1971; Fleiss and Cuzick 1979 for unequal numbers.
    """
    weight = np.ones(len(readers)) if weights is None else weights
    n = readers[:, None]
    agreeing = (positives**2 + (n - positives) ** 2 - n) / (n * (n - 1.0))
    observed = (weight[:, None] * agreeing).sum(axis=0) / weight.sum()
    share = (weight[:, None] * positives).sum(axis=0) / (weight * readers).sum()
    chance = share**2 + (1.0 - share) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        kappa: Floats = np.where(chance < 1.0, (observed - chance) / (1.0 - chance), np.nan)
    return kappa


def read_matrix(table: Annotations) -> tuple[Floats, Floats]:
    """positives (I, K): readers that state the class; readers (I,) that read the image."""
    images, classes, readers = len(table.images), len(table.classes), len(table.readers)
    said = np.zeros((images, classes, readers), dtype=bool)
    found = table.found
    said[table.image[found], table.label[found], table.reader[found]] = True
    read = np.zeros((images, readers), dtype=bool)
    read[table.image, table.reader] = True
    return said.sum(axis=2).astype(np.float64), read.sum(axis=1).astype(np.float64)


def agreement(table: Annotations, *, seed: int = 0) -> tuple[ClassAgreement, ...]:
    """One a class, with a 95 % bootstrap interval over images; empty without double reads."""
    positives, readers = read_matrix(table)
    several = readers >= 2
    if not several.any():
        return ()
    positives, readers = positives[several], readers[several]
    kappa = fleiss_kappa(positives, readers)
    random = np.random.default_rng(seed)
    count = len(readers)
    share = np.full(count, 1.0 / count)
    drawn = [
        fleiss_kappa(positives, readers, random.multinomial(count, share).astype(np.float64))
        for _ in range(RESAMPLES)
    ]
    overlaps = box_overlaps(table)
    return tuple(
        _class_agreement(table, index, positives, np.array(drawn), kappa, overlaps)
        for index in range(len(table.classes))
    )


def _class_agreement(
    table: Annotations,
    index: int,
    positives: Floats,
    drawn: Floats,
    kappa: Floats,
    overlaps: dict[int, list[Floats]],
) -> ClassAgreement:
    draws = drawn[:, index]
    draws = draws[np.isfinite(draws)]
    low, high = np.percentile(draws, [2.5, 97.5]) if len(draws) else (np.nan, np.nan)
    pairs = overlaps.get(index, [])
    values = np.concatenate(pairs) if pairs else np.array([])
    return ClassAgreement(
        label=table.classes[index],
        images=len(positives),
        positives=int((positives[:, index] > 0).sum()),
        kappa=float(kappa[index]),
        low=float(low),
        high=float(high),
        box_iou=float(values.mean()) if len(values) else float("nan"),
        box_matched_share=float((values >= MATCH_IOU).mean()) if len(values) else float("nan"),
        box_pairs=len(pairs),
    )


def box_overlaps(table: Annotations) -> dict[int, list[Floats]]:
    """A class -> one array a pair of readers and image: each box's best IoU, both ways."""
    rows = np.flatnonzero(table.boxed)
    order = rows[np.lexsort((table.reader[rows], table.label[rows], table.image[rows]))]
    keys = table.image[order] * len(table.classes) + table.label[order]
    result: dict[int, list[Floats]] = {}
    for group in np.split(order, np.flatnonzero(np.diff(keys)) + 1):
        if len(group) > 1 and table.reader[group[0]] != table.reader[group[-1]]:
            found = _pairs(table, group)
            result.setdefault(int(table.label[group[0]]), []).extend(found)
    return result


def _pairs(table: Annotations, group: Ints) -> list[Floats]:
    by_reader = np.split(group, np.flatnonzero(np.diff(table.reader[group])) + 1)
    pairs: list[Floats] = []
    for first, second in combinations(by_reader, 2):
        overlap = iou_matrix(table.boxes[first], table.boxes[second])
        pairs.append(np.concatenate([overlap.max(axis=1), overlap.max(axis=0)]))
    return pairs


def iou_matrix(first: Floats, second: Floats) -> Floats:
    """(A, 4) and (B, 4) xyxy, none empty -> (A, B) intersection over union."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(high - low, 0.0, None).prod(axis=2)
    areas = [(item[:, 2:] - item[:, :2]).prod(axis=1) for item in (first, second)]
    overlap: Floats = shared / (areas[0][:, None] + areas[1][None, :] - shared)
    return overlap
