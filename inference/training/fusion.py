"""Boxes of several readers of one image as one set, each with the number of readers that agree.

Source of the weighted fusion: Solovyev, Wang and Gabruseva, Image and Vision Computing 107, 2021;
readers have no scores, so the members of a cluster weigh the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from inference.predict.boxes import iou
from inference.predict.types import Box
from inference.training.errors import ConfigRefused


@dataclass(frozen=True, slots=True)
class ReaderBox:
    """What one reader drew. xyxy in pixels."""

    label: str
    box: Box
    reader: str


@dataclass(frozen=True, slots=True)
class FusedBox:
    """``readers``: how many different readers drew something that went into it."""

    label: str
    box: Box
    readers: int


Cluster = list[ReaderBox]


def fuse(boxes: Iterable[ReaderBox], method: str, min_iou: float) -> tuple[FusedBox, ...]:
    """Label by label, in the order of the labels' first boxes.

    ``method``: "wbf" the mean of each cluster; "nms" the box of each cluster that most readers
    agree with; "union" the smallest box around each chain of overlapping boxes; "none" every box as
    it was drawn. Boxes overlap from ``min_iou`` on. Raises ConfigRefused for another method.
    """
    if method not in METHODS:
        raise ConfigRefused(f"data.reader_fusion must be one of {', '.join(METHODS)}.")
    by_label: dict[str, Cluster] = {}
    for item in boxes:
        by_label.setdefault(item.label, []).append(item)
    return tuple(
        found for drawn in by_label.values() for found in METHODS[method](_ordered(drawn), min_iou)
    )


def _ordered(drawn: Cluster) -> Cluster:
    """Large boxes first: the result does not depend on the order of the file's rows."""
    return sorted(drawn, key=lambda item: (-_area(item.box), item.box.as_xyxy(), item.reader))


def _area(box: Box) -> float:
    return (box.x_max - box.x_min) * (box.y_max - box.y_min)


def _readers(cluster: Iterable[ReaderBox]) -> int:
    return len({item.reader for item in cluster})


def _mean(cluster: Cluster) -> Box:
    corners = np.mean([item.box.as_xyxy() for item in cluster], axis=0)
    return Box(*(float(edge) for edge in corners))


def _weighted(drawn: Cluster, min_iou: float) -> list[FusedBox]:
    """Each box joins the cluster whose mean it overlaps most, or begins one."""
    clusters: list[Cluster] = []
    for item in drawn:
        overlaps = [iou(_mean(cluster), item.box) for cluster in clusters]
        best = int(np.argmax(overlaps)) if overlaps else -1
        if best >= 0 and overlaps[best] >= min_iou:
            clusters[best].append(item)
        else:
            clusters.append([item])
    return [FusedBox(group[0].label, _mean(group), _readers(group)) for group in clusters]


def _suppressed(drawn: Cluster, min_iou: float) -> list[FusedBox]:
    """The box with the most readers around it stays, what overlaps it goes; again with the rest."""
    rest, kept = list(drawn), []
    while rest:
        around = [[o for o in rest if iou(item.box, o.box) >= min_iou] for item in rest]
        best = max(range(len(rest)), key=lambda index: (_readers(around[index]), -index))
        kept.append(FusedBox(rest[best].label, rest[best].box, _readers(around[best])))
        rest = [item for item in rest if item not in around[best]]
    return kept


def _united(drawn: Cluster, min_iou: float) -> list[FusedBox]:
    chains: list[Cluster] = []
    for item in drawn:
        touching = [c for c in chains if any(iou(item.box, o.box) >= min_iou for o in c)]
        chains = [c for c in chains if c not in touching]
        chains.append([item, *(other for chain in touching for other in chain)])
    return [FusedBox(c[0].label, _around(c), _readers(c)) for c in chains]


def _around(cluster: Cluster) -> Box:
    corners = np.array([item.box.as_xyxy() for item in cluster])
    low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    return Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _as_drawn(drawn: Cluster, min_iou: float) -> list[FusedBox]:
    return [FusedBox(item.label, item.box, 1) for item in drawn]


METHODS: dict[str, Callable[[Cluster, float], list[FusedBox]]] = {
    "wbf": _weighted,
    "nms": _suppressed,
    "union": _united,
    "none": _as_drawn,
}
