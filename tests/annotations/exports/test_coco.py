"""coco.json: hand-worked content, pycocotools reads it, memory stays bounded."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from annotations.exports.coco import xywh
from annotations.exports.tables import write_tables
from annotations.exports.types import NO_FINDING, ExportRecord
from tests.annotations.exports.records import CATEGORIES, INFO, image, says, write

MEGABYTE = 1 << 20


def test_corners_become_corner_and_size() -> None:
    assert xywh((1.0, 2.0, 11.5, 22.25)) == (1.0, 2.0, 10.5, 20.25)
    assert xywh((0.1, 0.2, 0.3, 0.4004)) == (0.1, 0.2, 0.2, 0.2)


def test_the_file_says_what_was_stated(tmp_path: Path) -> None:
    write(tmp_path)
    coco = json.loads((tmp_path / "coco.json").read_bytes())
    assert coco["info"]["version"] == "chest@1"
    assert [(c["id"], c["name"]) for c in coco["categories"]] == [
        (1, "effusion"),
        (2, "mass"),
        (3, "nodule"),
    ]
    assert coco["categories"][1]["supercategory"] == "nodule_or_mass"
    assert [(i["id"], i["width"], i["height"]) for i in coco["images"]] == [
        (1, 40, 30),
        (2, 40, 30),
        (3, 40, 30),
    ]
    first, second = coco["annotations"]
    assert (first["id"], first["image_id"], first["category_id"]) == (1, 1, 3)
    assert first["bbox"] == [1.0, 2.0, 10.5, 20.25]
    assert first["area"] == 212.625
    assert first["iscrowd"] == 0
    assert first["model_score"] == 0.75
    assert (second["id"], second["image_id"], second["bbox"]) == (2, 3, [0.0, 0.0, 40.0, 30.0])


def test_whole_image_labels_and_negatives_stand_with_their_image(tmp_path: Path) -> None:
    write(tmp_path)
    images = json.loads((tmp_path / "coco.json").read_bytes())["images"]
    labels = [[(x["label"], x["category_id"]) for x in i["image_labels"]] for i in images]
    assert labels == [[("effusion", 1)], [(NO_FINDING, None)], []]


def test_ground_truth_scores_one_against_itself(tmp_path: Path) -> None:
    write(tmp_path)
    truth = COCO(str(tmp_path / "coco.json"))
    assert len(truth.getImgIds()) == 3
    assert truth.getAnnIds(imgIds=[2]) == []
    said = [{**annotation, "score": 1.0} for annotation in truth.dataset["annotations"]]
    evaluation = COCOeval(truth, truth.loadRes(said), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1.0)
    assert evaluation.stats[8] == pytest.approx(1.0)


def test_an_empty_release_is_still_coco(tmp_path: Path) -> None:
    write_tables((), tmp_path, categories=CATEGORIES, info=INFO)
    assert COCO(str(tmp_path / "coco.json")).getImgIds() == []


def many(images: int) -> Iterator[ExportRecord]:
    """Ten statements an image, made as they are asked for."""
    for number in range(images):
        key = f"i{number}"
        boxes = [(float(n), 1.0, n + 9.5, 20.125) for n in range(8)]
        drawn = tuple(says("mass", key, box_xyxy=box) for box in boxes)
        yield ExportRecord(image(key), (*drawn, says("effusion", key), says("nodule", key)))


def test_a_hundred_thousand_statements_fit_in_little_memory(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        counts = write_tables(many(10_000), tmp_path, categories=CATEGORIES, info=INFO)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counts.statements == 100_000
    assert counts.boxes == 80_000
    assert peak < 24 * MEGABYTE  # the limit is 100: the pseudonyms of images and patients
