"""Heat maps against what readers boxed, and against where the lungs are.

Maps are those of ``predict.explain``: (h, w) uint8 over the whole image, scaled by their maximum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.bootstrap import Counts, Floats, Interval, intervals, ratio
from inference.predict.boxes import Boxes, iou_matrix

Map = NDArray[np.uint8]
Mask = NDArray[np.bool_]
HOT = 0.5  # share of the maximum from which heat counts as a region
NONE = float("nan")


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One map of a finding that is present on the image in row ``row``; NaN where nothing is known.

    ``hit`` 1 or 0: the hottest place lies in a reader's box. ``iou``: the hot region's box against
    the reader's boxes. ``in_lungs``: share of the heat inside the lungs; ``lungs``: share of the
    image that they take, which heat spread evenly would have.
    """

    row: int
    label: str
    hit: float
    iou: float
    in_lungs: float
    lungs: float


@dataclass(frozen=True, slots=True)
class HeatResult:
    """Means over the maps of one finding, or of all where ``label`` is empty.

    ``boxed``: maps with a reader's box, which ``hit`` and ``iou`` are over; ``with_lungs``: maps
    with a lung mask, which the last two are over.
    """

    label: str
    boxed: int
    hit: Interval
    iou: Interval
    with_lungs: int
    in_lungs: Interval
    lungs: Interval


def heat_row(
    row: int, label: str, heat: Map, boxes: Boxes, shape: tuple[int, int], lungs: Mask | None
) -> HeatRow:
    """``boxes`` (T, 4) of this label in pixels of the image of ``shape`` (rows, columns)."""
    some = bool(heat.any())
    hit = iou = in_lungs = covered = NONE
    if len(boxes):
        hit = float(some and points_into(heat, boxes, shape))
        iou = float(iou_matrix(hot_box(heat, shape), boxes).max()) if some else 0.0
    if lungs is not None and some:
        cover = cell_means(lungs, (heat.shape[0], heat.shape[1]))
        covered = float(cover.mean())
        in_lungs = float((heat * cover).sum() / heat.sum())
    return HeatRow(row, label, hit, iou, in_lungs, covered)


def points_into(heat: Map, boxes: Boxes, shape: tuple[int, int]) -> bool:
    """The pointing game: whether the centre of the hottest cell lies in one of the boxes.

    The first of equally hot cells, in reading order. Source: Zhang et al., ECCV 2016 (there with a
    tolerance, here without).
    """
    y, x = np.unravel_index(int(heat.argmax()), heat.shape)
    column = (float(x) + 0.5) * shape[1] / heat.shape[1]
    line = (float(y) + 0.5) * shape[0] / heat.shape[0]
    inside = (boxes[:, 0] <= column) & (column <= boxes[:, 2])
    return bool((inside & (boxes[:, 1] <= line) & (line <= boxes[:, 3])).any())


def hot_box(heat: Map, shape: tuple[int, int]) -> Boxes:
    """(1, 4) xyxy in image pixels around the region that holds the hottest cell.

    The region: cells of at least half the maximum that hang together by their edges. Source: Zhou
    et al., CVPR 2016 (there a fifth of the maximum, and the largest region).
    """
    region = _region_of_peak(heat)
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    y_scale, x_scale = shape[0] / heat.shape[0], shape[1] / heat.shape[1]
    corners = (columns[0] * x_scale, rows[0] * y_scale)
    return np.array(
        [[*corners, (columns[-1] + 1) * x_scale, (rows[-1] + 1) * y_scale]], dtype=np.float64
    )


def _region_of_peak(heat: Map) -> Mask:
    hot = heat >= HOT * float(heat.max())
    region = np.zeros(heat.shape, dtype=bool)
    region[np.unravel_index(int(heat.argmax()), heat.shape)] = True
    size = 0
    while size < int(region.sum()):
        size = int(region.sum())
        grown = region.copy()
        grown[1:] |= region[:-1]
        grown[:-1] |= region[1:]
        grown[:, 1:] |= region[:, :-1]
        grown[:, :-1] |= region[:, 1:]
        region = grown & hot
    return region


def cell_means(mask: Mask, shape: tuple[int, int]) -> Floats:
    """(H, W) mask -> (h, w) share of each cell that it covers; cells may cut through pixels."""
    rows = _axis_weights(mask.shape[0], shape[0])
    columns = _axis_weights(mask.shape[1], shape[1])
    means: Floats = rows @ mask.astype(np.float64) @ columns.T
    return means


def _axis_weights(pixels: int, cells: int) -> Floats:
    """(cells, pixels): how much of each pixel lies in each cell, each cell summing to 1."""
    edges = np.arange(cells + 1) * (pixels / cells)
    starts = np.arange(pixels)
    low = np.maximum(edges[:-1, None], starts[None, :])
    high = np.minimum(edges[1:, None], starts[None, :] + 1.0)
    weights: Floats = np.clip(high - low, 0.0, None) * (cells / pixels)
    return weights


def evaluate_heat(
    rows: Sequence[HeatRow], labels: tuple[str, ...], counts: Counts
) -> tuple[HeatResult, ...]:
    """Over all maps first, then by finding; those without any measured map are left out."""
    overall = _result("", list(rows), counts)
    each = [_result(label, [row for row in rows if row.label == label], counts) for label in labels]
    return tuple(item for item in (overall, *each) if item.boxed or item.with_lungs)


def _result(label: str, rows: list[HeatRow], counts: Counts) -> HeatResult:
    where = np.array([item.row for item in rows], dtype=np.int64)
    table = np.array(
        [(item.hit, item.iou, item.in_lungs, item.lungs) for item in rows], dtype=np.float64
    ).reshape(-1, 4)
    known = np.isfinite(table)
    values = np.where(known, table, 0.0)
    hit, iou, in_lungs, lungs = intervals(
        lambda weights: ratio(weights[:, where] @ values, weights[:, where] @ known), counts
    )
    boxed, with_lungs = int(known[:, 0].sum()), int(known[:, 2].sum())
    return HeatResult(label, boxed, hit, iou, with_lungs, in_lungs, lungs)
