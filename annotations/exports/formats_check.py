"""The further formats read back and held against COCO: the same images, boxes and negatives."""

from __future__ import annotations

import contextlib
import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from annotations.exports.label_sets import LabelSet
from annotations.exports.read_back import ReadImage, Release
from annotations.exports.tables import COCO_NAME
from annotations.exports.types import NO_FINDING, Split, Xyxy
from annotations.exports.vinbigdata import FOLDER, SUBMISSION_NAME, TRAIN_COLUMNS, TRAIN_NAME
from annotations.exports.yolo import LABEL_FOLDER, LISTS
from cxrportal.common.rows import restore

TOLERANCE_PX = 0.01  # YOLO writes a millionth of the side: a hundredth of a pixel at 10,000
Row = tuple[str, int, str, tuple[float, ...]]


def coco_loads(folder: Path) -> Iterator[str]:
    """pycocotools builds its index and finds as many images and annotations as are written."""
    # heavy: a compiled package that only a sealed release needs
    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(folder / COCO_NAME))
    if len(coco.getImgIds()) != len(coco.dataset["images"]):
        yield "pycocotools does not see every image."
    if len(coco.getAnnIds()) != len(coco.dataset["annotations"]):
        yield "pycocotools does not see every annotation."


def compare_vinbigdata(release: Release, folder: Path, label_set: LabelSet) -> Iterator[str]:
    """Every statement that the set can say and no other; a prediction row for each image."""
    expected: Counter[Row] = Counter()
    for statement in release.statements.values():
        nothing = statement.label == NO_FINDING
        number = label_set.no_finding if nothing else label_set.class_of.get(statement.label)
        if number is not None:
            sides = tuple(round(side, 2) for side in statement.box_xyxy or ())
            key = release.images[statement.image_id].key
            expected[(key, number, statement.reader, sides)] += 1
    said: Counter[Row] = Counter()
    for row in _rows(folder / FOLDER / TRAIN_NAME):
        sides = tuple(round(float(row[side]), 2) for side in TRAIN_COLUMNS[4:] if row[side])
        said[(restore(row["image_id"]), int(row["class_id"]), restore(row["rad_id"]), sides)] += 1
    if said != expected:
        yield f"{FOLDER}/{TRAIN_NAME} and COCO do not say the same."
    predicted = [restore(row["image_id"]) for row in _rows(folder / FOLDER / SUBMISSION_NAME)]
    if predicted != [image.key for image in release.images.values()]:
        yield f"{FOLDER}/{SUBMISSION_NAME} has not one row an image."


def compare_yolo(release: Release, folder: Path, label_set: LabelSet) -> Iterator[str]:
    """The boxes of each listed image; no list names an image that cannot train a detector."""
    boxes: dict[str, list[tuple[int, Xyxy]]] = defaultdict(list)
    labels: dict[str, set[str]] = defaultdict(set)
    for statement in release.statements.values():
        key = release.images[statement.image_id].key
        labels[key].add(statement.label)
        number = label_set.class_of.get(statement.label)
        if number is not None and statement.box_xyxy is not None:
            boxes[key].append((number, statement.box_xyxy))
    for split in Split:
        listed = _listed(folder, split)
        expected = [
            f"./{image.file_name}"
            for image in release.images.values()
            if image.split == split.value
            and (boxes[image.key] or labels[image.key] == {NO_FINDING})
        ]
        if listed != expected:
            yield f"{LISTS[split]} does not list the images that can train a detector."
    for image in release.images.values():
        path = folder / LABEL_FOLDER / f"{image.key}.txt"
        if path.exists() and not _same(path, image, boxes[image.key]):
            yield f"{LABEL_FOLDER}/{image.key}.txt and COCO do not hold the same boxes."


def _listed(folder: Path, split: Split) -> list[str]:
    path = folder / LISTS[split]
    return path.read_text(encoding="ascii").split() if path.exists() else []


def _same(path: Path, image: ReadImage, boxes: list[tuple[int, Xyxy]]) -> bool:
    lines = path.read_text(encoding="ascii").splitlines()
    if len(lines) != len(boxes):
        return False
    for line, (number, box) in zip(lines, boxes, strict=True):
        name, *shares = line.split()
        x, y, width, height = (float(share) for share in shares)
        across, down = image.width_px, image.height_px
        found = (
            (x - width / 2) * across,
            (y - height / 2) * down,
            (x + width / 2) * across,
            (y + height / 2) * down,
        )
        near = all(abs(a - b) <= TOLERANCE_PX for a, b in zip(found, box, strict=True))
        if int(name) != number or not near:
            return False
    return True


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, strict=True)
