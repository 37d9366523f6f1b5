"""The twelve COCO numbers, by pycocotools."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from inference.evaluation.bootstrap import Floats
from inference.evaluation.detection import ImageBoxes

NAMES = (
    "AP",
    "AP50",
    "AP75",
    "AP small",
    "AP medium",
    "AP large",
    "AR 1",
    "AR 10",
    "AR 100",
    "AR small",
    "AR medium",
    "AR large",
)


@dataclass(frozen=True, slots=True)
class CocoNumber:
    """``value`` NaN: no true box of that size. Small is below 32 x 32 px, large above 96 x 96."""

    name: str
    value: float


def coco_numbers(
    images: Mapping[str, Mapping[int, ImageBoxes]],
) -> tuple[CocoNumber, ...]:
    """Label -> row -> boxes, over the images that can judge the label; means over the labels.

    Each label is scored on its own images: COCO has no word for an image that cannot judge a label.
    As COCO's own means are over labels too, nothing else changes. Raises ImportError where
    pycocotools is not installed: it is optional.
    """
    table = np.array([_label_numbers(of_label) for of_label in images.values()])
    means = [_mean(table[:, k]) if len(table) else float("nan") for k in range(len(NAMES))]
    return tuple(CocoNumber(name, value) for name, value in zip(NAMES, means, strict=True))


def _mean(values: Floats) -> float:
    usable = values[np.isfinite(values)]
    return float(usable.mean()) if len(usable) else float("nan")


def _label_numbers(images: Mapping[int, ImageBoxes]) -> Floats:
    """(12,), NaN where COCO says -1."""
    truths = sum(len(image.truth) for image in images.values())
    if not truths:
        return np.full(len(NAMES), np.nan)
    from pycocotools.coco import COCO  # optional: only these numbers need pycocotools
    from pycocotools.cocoeval import COCOeval  # optional: as above

    annotations = [
        {"image_id": row, "bbox": _xywh(box), "area": _area(box), "iscrowd": 0, "category_id": 1}
        for row, image in images.items()
        for box in image.truth
    ]
    found = [
        {"image_id": row, "bbox": _xywh(box), "score": float(score), "category_id": 1}
        for row, image in images.items()
        for box, score in zip(image.found, image.scores, strict=True)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": row} for row in images],
            "annotations": [{"id": k, **item} for k, item in enumerate(annotations, start=1)],
            "categories": [{"id": 1}],
        }
        truth.createIndex()
        results = truth.loadRes(found) if found else COCO()
        if not found:
            results.dataset = {**truth.dataset, "annotations": []}
            results.createIndex()
        evaluation = COCOeval(truth, results, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    numbers = np.asarray(evaluation.stats, dtype=np.float64)
    return np.where(numbers < 0, np.nan, numbers)


def _xywh(box: Floats) -> list[float]:
    x_min, y_min, x_max, y_max = box.tolist()
    return [x_min, y_min, x_max - x_min, y_max - y_min]


def _area(box: Floats) -> float:
    x_min, y_min, x_max, y_max = box.tolist()
    return float((x_max - x_min) * (y_max - y_min))
