"""COCO JSON, plain and as this application writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inference.predict.types import Box
from inference.training.config import DataConfig
from inference.training.datasets import load_dataset
from inference.training.errors import DataRefused

COCO = DataConfig(kind="coco")
Table = dict[str, Any]


def table(**changes: Any) -> Table:
    plain: Table = {
        "images": [
            {"id": 1, "file_name": "a.png", "width": 64, "height": 64, "patient": "p1"},
            {"id": 2, "file_name": "b.png", "width": 64, "height": 64},
        ],
        "categories": [{"id": 7, "name": "Mass"}, {"id": 9, "name": "Nodule"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 7, "bbox": [10, 20, 5, 6], "iscrowd": 0},
            {"id": 2, "image_id": 1, "category_id": 9, "bbox": [1, 1, 9, 9], "iscrowd": 1},
        ],
    }
    return plain | changes


def write(folder: Path, content: Table) -> Path:
    (folder / "annotations.json").write_text(json.dumps(content))
    (folder / "images").mkdir(exist_ok=True)
    for name in ("a.png", "b.png"):
        Image.fromarray(np.zeros((64, 64), np.uint8)).save(folder / "images" / name)
    return folder


def test_boxes_are_read_as_corners_and_groups_left_out(tmp_path) -> None:
    dataset = load_dataset(write(tmp_path, table()), COCO)
    first, second = dataset.records
    assert first.boxes == (("Mass", Box(10, 20, 15, 26)),)
    assert (first.image, first.patient_id) == ("images/a.png", "p1")
    assert second.patient_id == "b.png"
    assert dataset.labels == ("Mass", "Nodule")
    assert dataset.box_labels == ("Mass",)
    assert dataset.left_out == (("iscrowd", 1),)


def test_what_is_not_boxed_in_plain_coco_is_absent(tmp_path) -> None:
    first, second = load_dataset(write(tmp_path, table()), COCO).records
    assert first.labels == {"Mass"}
    assert first.known == second.known == {"Mass", "Nodule"}


def test_categories_may_be_codes_of_the_vocabulary(tmp_path) -> None:
    named = table(categories=[{"id": 7, "name": "nodule_or_mass"}, {"id": 9, "name": "Hernia"}])
    config = DataConfig(kind="coco", label_set="vindr14")
    dataset = load_dataset(write(tmp_path, named), config)
    assert dataset.records[0].labels == {"Nodule/Mass"}
    assert dataset.label_set == "vindr14"


def test_two_readers_boxes_are_fused(tmp_path) -> None:
    both = [
        {"image_id": 1, "category_id": 7, "bbox": [0, 0, 10, 10], "reader": "R1"},
        {"image_id": 1, "category_id": 7, "bbox": [0, 2, 10, 10], "reader": "R2"},
    ]
    first = load_dataset(write(tmp_path, table(annotations=both)), COCO).records[0]
    assert first.boxes == (("Mass", Box(0, 1, 10, 11)),)
    assert first.readers == (2,)


def test_statements_about_whole_images_say_what_is_known(tmp_path) -> None:
    images = [
        {"id": 1, "file_name": "a.png", "image_labels": [{"category_id": 9, "reader": "R1"}]},
        {"id": 2, "file_name": "b.png", "image_labels": [{"category_id": None}]},
    ]
    first, second = load_dataset(
        write(tmp_path, table(images=images, annotations=[])), COCO
    ).records
    assert first.labels == first.known == {"Nodule"}
    assert second.known == {"Mass", "Nodule"}
    assert second.labels == frozenset()


def test_a_stated_split_comes_along(tmp_path) -> None:
    images = [{**image, "split": "val"} for image in table()["images"]]
    dataset = load_dataset(write(tmp_path, table(images=images)), COCO)
    assert {record.part for record in dataset.records} == {"validation"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"annotations": [{"image_id": 1, "category_id": 7, "bbox": [1, 2, 0, 4]}]}, "s 1: the b"),
        ({"annotations": [{"image_id": 1, "category_id": 7, "bbox": [1, 2, 3]}]}, "s 1: bbox is"),
        ({"annotations": [{"image_id": 1, "category_id": 8, "bbox": [1, 2, 3, 4]}]}, "category 8"),
        ({"annotations": [{"image_id": 5, "category_id": 7, "bbox": [1, 2, 3, 4]}]}, "image 5"),
        ({"annotations": [{"category_id": 7, "bbox": [1, 2, 3, 4]}]}, "s 1: image_id is missing"),
        ({"annotations": {}}, "no list annotations"),
        ({"annotations": [3]}, "annotations 1 is no object"),
        ({"images": [{"id": 1, "file_name": "none.png"}]}, "images 1: there is no image none.png"),
        ({"images": [{"id": 1, "file_name": "a.png", "split": "dev"}]}, "images 1: the split dev"),
    ],
)
def test_a_bad_entry_is_named(tmp_path, changes: Table, complaint: str) -> None:
    if "images" in changes:
        changes = changes | {"annotations": []}
    with pytest.raises(DataRefused, match=complaint):
        load_dataset(write(tmp_path, table(**changes)), COCO)


@pytest.mark.parametrize("text", ["[1]", "{", '{"images": 1}'])
def test_what_is_no_coco_file_is_refused(tmp_path, text: str) -> None:
    (tmp_path / "annotations.json").write_text(text)
    with pytest.raises(DataRefused):
        load_dataset(tmp_path, COCO)


def test_a_missing_file_is_refused(tmp_path) -> None:
    with pytest.raises(DataRefused, match=r"no annotations\.json or coco\.json"):
        load_dataset(tmp_path, COCO)
