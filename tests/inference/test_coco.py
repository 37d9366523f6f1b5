"""The twelve COCO numbers, one label at a time, and against pycocotools on all labels at once."""

from __future__ import annotations

import contextlib
import io
import math

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from inference.evaluation.coco import NAMES, coco_numbers
from inference.evaluation.detection import HALF, ImageBoxes, average_precision, match

Images = dict[str, dict[int, ImageBoxes]]


def random_boxes(random: np.random.Generator, count: int) -> np.ndarray:
    corner = random.uniform(0, 300, (count, 2))
    return np.hstack((corner, corner + random.uniform(8, 180, (count, 2))))


def two_labels(images: int = 30) -> Images:
    """Found boxes are the true ones, shaken, and some noise."""
    random = np.random.default_rng(4)
    table: Images = {"Mass": {}, "Effusion": {}}
    for label in table:
        for row in range(images):
            truth = random_boxes(random, int(random.integers(0, 3)))
            noise = random_boxes(random, int(random.integers(0, 4)))
            found = np.vstack((truth + random.normal(0, 8, truth.shape), noise))
            table[label][row] = ImageBoxes(truth, found, random.random(len(found)))
    return table


def by_pycocotools(table: Images) -> list[float]:
    """All labels in one call, as is usual where every image judges every label."""

    def xywh(box: np.ndarray) -> list[float]:
        return [*box[:2].tolist(), *(box[2:] - box[:2]).tolist()]

    annotations, found = [], []
    for category, images in enumerate(table.values(), start=1):
        for row, item in images.items():
            for box in item.truth:
                width, height = (box[2:] - box[:2]).tolist()
                place = {"image_id": row, "category_id": category, "bbox": xywh(box)}
                size = {"area": width * height, "iscrowd": 0, "id": len(annotations) + 1}
                annotations.append(place | size)
            for box, score in zip(item.found, item.scores, strict=True):
                place = {"image_id": row, "category_id": category, "bbox": xywh(box)}
                found.append(place | {"score": float(score)})
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": row} for row in next(iter(table.values()))],
            "categories": [{"id": k} for k in range(1, len(table) + 1)],
            "annotations": annotations,
        }
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(value) for value in evaluation.stats]


def test_label_by_label_is_the_same_as_all_at_once() -> None:
    table = two_labels()
    numbers = coco_numbers(table)
    assert tuple(item.name for item in numbers) == NAMES
    assert [item.value for item in numbers] == pytest.approx(by_pycocotools(table))
    assert 0.05 < numbers[0].value < numbers[1].value < 1.0


def test_all_points_and_cocos_hundred_and_one_agree_within_a_hundredth() -> None:
    table = two_labels(60)
    ours = np.mean([average_precision(match(images.values(), HALF)) for images in table.values()])
    assert coco_numbers(table)[1].value == pytest.approx(float(ours), abs=0.01)


def test_a_label_is_judged_on_its_own_images_alone() -> None:
    box = np.array([[0.0, 0.0, 50.0, 50.0]])
    hit = ImageBoxes(box, box, np.array([0.5]))
    noise = ImageBoxes(np.empty((0, 4)), box, np.array([0.9]))
    ap50 = NAMES.index("AP50")
    assert coco_numbers({"Mass": {0: hit}})[ap50].value == pytest.approx(1.0)
    assert coco_numbers({"Mass": {0: hit, 1: noise}})[ap50].value == pytest.approx(0.5)
    # Elsewhere another label has a better day; each counts half.
    both = {"Mass": {0: hit, 1: noise}, "Nodule": {1: hit}}
    assert coco_numbers(both)[ap50].value == pytest.approx(0.75)


def test_sizes_without_a_box_and_labels_without_truth_have_no_number() -> None:
    box = np.array([[0.0, 0.0, 50.0, 50.0]])
    none = ImageBoxes(np.empty((0, 4)), box, np.array([0.5]))
    numbers = dict.fromkeys(NAMES, 0.0) | {
        item.name: item.value
        for item in coco_numbers({"Mass": {0: ImageBoxes(box, box, np.array([0.5]))}})
    }
    assert math.isnan(numbers["AP small"])
    assert numbers["AP medium"] == pytest.approx(1.0)
    assert all(math.isnan(item.value) for item in coco_numbers({"Mass": {0: none}}))
    assert all(math.isnan(item.value) for item in coco_numbers({}))


def test_nothing_found_scores_zero() -> None:
    box = np.array([[0.0, 0.0, 50.0, 50.0]])
    missed = ImageBoxes(box, np.empty((0, 4)), np.empty(0))
    numbers = coco_numbers({"Mass": {0: missed}})
    assert numbers[0].value == 0.0
