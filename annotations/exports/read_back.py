"""coco.json read back, strictly: what another program would understand of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from annotations.exports.tables import COCO_NAME
from annotations.exports.types import NO_FINDING, Xyxy

AREA_TOLERANCE = 0.001


@dataclass(frozen=True, slots=True)
class ReadImage:
    key: str
    file_name: str
    width_px: int
    height_px: int
    patient: str
    split: str


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """``box_xyxy`` None: of the whole image. ``label`` is what the category id means."""

    image_id: int
    label: str
    laterality: str
    certainty: str
    decision: str
    reader: str
    reviewed_on: str
    box_xyxy: Xyxy | None


@dataclass(frozen=True, slots=True)
class Release:
    """Images by COCO id, categories (code, name) by id, statements by statement id.

    ``problems``: what is wrong with the file's own numbers.
    """

    images: dict[int, ReadImage]
    categories: dict[int, tuple[str, str]]
    statements: dict[int, ReadStatement]
    problems: tuple[str, ...]


class _Said(TypedDict):
    statement_id: int
    label: str
    category_id: int | None
    certainty: str
    laterality: str
    decision: str
    reader: str
    reviewed_on: str


class _Annotation(_Said):
    id: int
    image_id: int
    bbox: tuple[float, float, float, float]
    area: float
    iscrowd: int


class _Image(TypedDict):
    id: int
    file_name: str
    width: int
    height: int
    key: str
    patient: str
    split: str
    image_labels: list[_Said]


class _Category(TypedDict):
    id: int
    name: str
    display_name: str


class _Coco(TypedDict):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


def read_release(folder: Path) -> Release:
    """Raises OSError, ValueError, KeyError or TypeError where the file is not COCO of ours."""
    coco: _Coco = json.loads((folder / COCO_NAME).read_bytes())
    categories = {c["id"]: (c["name"], c["display_name"]) for c in coco["categories"]}
    problems = _numbering(coco)
    statements: dict[int, ReadStatement] = {}
    said = [
        (image["id"], label, None) for image in coco["images"] for label in image["image_labels"]
    ]
    drawn = [(a["image_id"], a, _xyxy(a)) for a in coco["annotations"]]
    for image_id, statement, box in [*said, *drawn]:
        if statement["statement_id"] in statements:
            problems.append("COCO holds a statement twice.")
        category = statement["category_id"]
        name = NO_FINDING if category is None else categories.get(category, ("", ""))[0]
        if name != statement["label"]:
            problems.append("A COCO category is not the one that its label names.")
        statements[statement["statement_id"]] = _statement(image_id, statement, box)
    problems.extend(_areas(coco))
    images = {
        image["id"]: ReadImage(
            image["key"],
            image["file_name"],
            image["width"],
            image["height"],
            image["patient"],
            image["split"],
        )
        for image in coco["images"]
    }
    return Release(images, categories, statements, tuple(problems))


def _statement(image_id: int, said: _Said, box: Xyxy | None) -> ReadStatement:
    return ReadStatement(
        image_id=image_id,
        label=said["label"],
        laterality=said["laterality"],
        certainty=said["certainty"],
        decision=said["decision"],
        reader=said["reader"],
        reviewed_on=said["reviewed_on"],
        box_xyxy=box,
    )


def _xyxy(annotation: _Annotation) -> Xyxy:
    x, y, width, height = annotation["bbox"]
    return x, y, x + width, y + height


def _numbering(coco: _Coco) -> list[str]:
    """Ids count from 1 without gaps: a 0 is taken for "no match" by pycocotools."""
    problems = []
    for what, ids in (
        ("Images", [image["id"] for image in coco["images"]]),
        ("Annotations", [annotation["id"] for annotation in coco["annotations"]]),
        ("Categories", [category["id"] for category in coco["categories"]]),
    ):
        if ids != list(range(1, len(ids) + 1)):
            problems.append(f"{what} are not numbered from 1.")
    images = {image["id"] for image in coco["images"]}
    if any(annotation["image_id"] not in images for annotation in coco["annotations"]):
        problems.append("An annotation belongs to no image.")
    return problems


def _areas(coco: _Coco) -> list[str]:
    wrong = [
        annotation
        for annotation in coco["annotations"]
        if annotation["iscrowd"] != 0
        or abs(annotation["area"] - annotation["bbox"][2] * annotation["bbox"][3]) > AREA_TOLERANCE
    ]
    return ["An annotation's area is not that of its box."] if wrong else []
