"""Numbers of the boxes: each boxed finding, and their means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.evaluation.bootstrap import Counts, Floats, Interval, intervals, mean_of_usable
from inference.evaluation.coco import CocoNumber, coco_numbers
from inference.evaluation.collect import Collected, boxes_of
from inference.evaluation.detection import (
    AP40,
    HALF,
    ImageBoxes,
    LabelMatches,
    match_rows,
    weighted_box_precision,
    weighted_froc,
    weighted_shown,
)

FROC_RATES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class BoxResult:
    """One boxed finding over the images that can judge it.

    ``ap50``: IoU >= 0.5. All others: IoU > 0.4. ``froc``: sensitivity at ``BoxesResult.rates``
    false boxes of this finding an image. The last three are at ``threshold``; 1: never shown.
    """

    label: str
    images: int
    true_boxes: int
    ap50: Interval
    ap40: Interval
    froc: tuple[Interval, ...]
    threshold: float
    sensitivity: Interval
    precision: Interval
    false_per_image: Interval


@dataclass(frozen=True, slots=True)
class BoxesResult:
    """Means over the boxed findings that have true boxes. ``coco``: empty where not counted."""

    mean_ap50: Interval
    mean_ap40: Interval
    rates: tuple[float, ...]
    mean_froc: tuple[Interval, ...]
    coco: tuple[CocoNumber, ...]
    labels: tuple[BoxResult, ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """The boxes of each label, matched in both ways."""

    images: dict[str, dict[int, ImageBoxes]]
    half: tuple[LabelMatches, ...]
    ap40: tuple[LabelMatches, ...]


def match_labels(collected: Collected) -> Matched:
    rows = len(collected.records)
    images = {label: boxes_of(collected, label) for label in collected.box_labels}
    return Matched(
        images,
        tuple(match_rows(item, rows, HALF) for item in images.values()),
        tuple(match_rows(item, rows, AP40) for item in images.values()),
    )


def precisions_with_mean(labels: tuple[LabelMatches, ...], weights: Floats) -> Floats:
    """(B, N) weights -> (B, L + 1): average precision of each label, then their mean."""
    each = np.stack([weighted_box_precision(label, weights) for label in labels], axis=1)
    return np.column_stack((each, mean_of_usable(each)))


def evaluate_boxes(
    collected: Collected, thresholds: tuple[float, ...], counts: Counts, *, coco: bool
) -> BoxesResult | None:
    """None for a classifier alone. ``thresholds`` follow the boxed labels."""
    if not collected.box_labels:
        return None
    matched = match_labels(collected)
    ap50 = intervals(lambda weights: precisions_with_mean(matched.half, weights), counts)
    ap40 = intervals(lambda weights: precisions_with_mean(matched.ap40, weights), counts)
    froc = intervals(lambda weights: _froc_with_mean(matched.ap40, weights), counts)
    width = len(FROC_RATES)
    return BoxesResult(
        mean_ap50=ap50[-1],
        mean_ap40=ap40[-1],
        rates=FROC_RATES,
        mean_froc=tuple(froc[-width:]),
        coco=coco_numbers(matched.images) if coco else (),
        labels=tuple(
            BoxResult(
                label=name,
                images=int(label.judged.sum()),
                true_boxes=int(label.truths.sum()),
                ap50=ap50[k],
                ap40=ap40[k],
                froc=tuple(froc[k * width : (k + 1) * width]),
                threshold=thresholds[k],
                **_shown(label, thresholds[k], counts),
            )
            for k, (name, label) in enumerate(zip(matched.images, matched.ap40, strict=True))
        ),
    )


def _froc_with_mean(labels: tuple[LabelMatches, ...], weights: Floats) -> Floats:
    """(B, N) -> (B, (L + 1) * R): label by label, then the mean over the labels."""
    each = np.stack([weighted_froc(label, weights, FROC_RATES) for label in labels], axis=1)
    means = mean_of_usable(each.transpose(0, 2, 1))
    return np.column_stack((each.reshape(len(weights), -1), means))


def _shown(label: LabelMatches, threshold: float, counts: Counts) -> dict[str, Interval]:
    found = intervals(
        lambda weights: np.column_stack(weighted_shown(label, weights, threshold)), counts
    )
    return dict(zip(("sensitivity", "precision", "false_per_image"), found, strict=True))
