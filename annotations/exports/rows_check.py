"""findings.csv and images.csv against coco.json, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from annotations.exports.csv_rows import FINDING_COLUMNS, IMAGE_COLUMNS
from annotations.exports.read_back import ReadImage, ReadStatement, Release
from annotations.exports.tables import FINDINGS_NAME, IMAGES_NAME
from annotations.exports.types import NO_FINDING, Xyxy
from cxrportal.common.rows import neutralise, restore

TOLERANCE_PX = 0.002  # a width is the difference of two sides, each rounded to a thousandth
SIDES = ("x_min", "y_min", "x_max", "y_max")
Row = dict[str, str]


def index_problems(release: Release) -> Iterator[str]:
    """What is wrong inside COCO: numbers, categories, boxes, and who is in which split."""
    yield from release.problems
    splits: dict[str, str] = {}
    for image in release.images.values():
        if splits.setdefault(image.patient, image.split) != image.split:
            yield f"Patient {image.patient} is in two splits."
    for number, statement in sorted(release.statements.items()):
        around, box = release.images.get(statement.image_id), statement.box_xyxy
        if around is not None and box is not None and not _inside(box, around):
            yield f"The box of statement {number} is empty or leaves its image."


def _inside(box: Xyxy, image: ReadImage) -> bool:
    x_min, y_min, x_max, y_max = box
    return (
        0 <= x_min < x_max <= image.width_px + TOLERANCE_PX
        and 0 <= y_min < y_max <= image.height_px + TOLERANCE_PX
    )


def compare_rows(release: Release, folder: Path) -> Iterator[str]:
    yield from _compare_findings(release, folder / FINDINGS_NAME)
    yield from _compare_images(release, folder / IMAGES_NAME)


def _compare_findings(release: Release, path: Path) -> Iterator[str]:
    numbers = range(1, len(release.statements) + 1)
    stated: set[int] = set()
    for number, row in zip_longest(numbers, _rows(path, FINDING_COLUMNS)):
        if isinstance(row, str):
            yield row
            return
        statement = release.statements.get(number or 0)
        if row is None or statement is None or row["statement_id"] != str(number):
            yield f"{FINDINGS_NAME} and COCO do not hold the same statements."
            return
        stated.add(statement.image_id)
        image = release.images.get(statement.image_id)
        wrong = "image" if image is None else _difference(row, statement, image, release)
        if wrong:
            yield f"{FINDINGS_NAME} and COCO disagree on {wrong} of statement {number}."
    if stated != set(release.images):
        yield f"An image has no statement in {FINDINGS_NAME}."


def _difference(
    row: Row, statement: ReadStatement, image: ReadImage, release: Release
) -> str | None:
    """The first column that says something else."""
    expected = {
        "image": image.key,
        "patient": image.patient,
        "split": image.split,
        "label": statement.label,
        "laterality": statement.laterality,
        "certainty": statement.certainty,
        "decision": statement.decision,
        "reader": statement.reader,
        "reviewed_on": statement.reviewed_on,
    }
    for column, value in expected.items():
        if restore(row[column]) != value:
            return column
    if statement.label != NO_FINDING and (statement.label, restore(row["label_name"])) not in (
        release.categories.values()
    ):
        return "label_name"
    return None if _same_box(row, statement.box_xyxy) else "box"


def _same_box(row: Row, box: Xyxy | None) -> bool:
    cells = [row[side] for side in SIDES]
    if box is None:
        return cells == [""] * 4
    try:
        return all(
            abs(float(cell) - side) <= TOLERANCE_PX for cell, side in zip(cells, box, strict=True)
        )
    except ValueError:
        return False


def _compare_images(release: Release, path: Path) -> Iterator[str]:
    for image, row in zip_longest(release.images.values(), _rows(path, IMAGE_COLUMNS)):
        if isinstance(row, str):
            yield row
            return
        if row is None or image is None:
            yield f"{IMAGES_NAME} and COCO do not hold the same images."
            return
        columns = ("image", "file_name", "width_px", "height_px", "patient", "split")
        said = tuple(restore(row[column]) for column in columns)
        told = (image.key, image.file_name, str(image.width_px), str(image.height_px))
        if said != (*told, image.patient, image.split):
            yield f"{IMAGES_NAME} and COCO disagree on image {image.key}."


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row | str]:
    """The rows below the header, or what is wrong with the file."""
    with path.open(encoding="utf-8", newline="") as stream:
        lines = csv.reader(stream, strict=True)
        if tuple(next(lines, ())) != columns:
            yield f"The columns of {path.name} are not the documented ones."
            return
        for cells in lines:
            if len(cells) != len(columns):
                yield f"A row of {path.name} has too few or too many cells."
                return
            if any(neutralise(restore(cell)) != cell for cell in cells):
                yield f"A cell of {path.name} could be run by a spreadsheet."
                return
            yield dict(zip(columns, cells, strict=True))
