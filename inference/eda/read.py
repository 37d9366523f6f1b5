"""VinBigData-style CSV files: annotations, and sizes or other facts of the images."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from inference.eda.errors import AnnotationsRefused
from inference.eda.types import Annotations, ImageFacts, Statement, to_columns
from inference.predict.labels import VINDR14

Row = dict[str, str]
CORNERS = ("x_min", "y_min", "x_max", "y_max")
NEEDED = ("image_id", "class_name", "rad_id", *CORNERS)
NO_FINDING_NAMES = frozenset({"no finding", "no_finding"})
# VinBigData's size file names rows and columns dim0 and dim1.
WIDTHS, HEIGHTS = ("width_px", "width", "dim1"), ("height_px", "height", "dim0")


def read_annotations(annotations_csv: Path, facts_csv: Path | None = None) -> Annotations:
    """``image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max`` a statement.

    ``facts_csv``: ``image_id`` with any of width_px|dim1, height_px|dim0, age, sex, view. Raises
    AnnotationsRefused with file and line for missing columns and values that are no numbers.
    """
    statements = [
        _statement(row, f"{annotations_csv.name}, line {line}")
        for line, row in _rows(annotations_csv, NEEDED)
    ]
    facts = {} if facts_csv is None else _facts(facts_csv)
    known = {item.label for item in statements} <= {*VINDR14, ""}
    return to_columns(statements, facts, VINDR14 if known else ())


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = sorted(set(needed) - set(reader.fieldnames or ()))
            if missing:
                raise AnnotationsRefused(f"{path.name} has no column {', '.join(missing)}.")
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise AnnotationsRefused(f"{path.name} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise AnnotationsRefused(f"{path.name} is no CSV file in UTF-8: {error}.") from error


def _statement(row: Row, where: str) -> Statement:
    name = (row["class_name"] or "").strip()
    image = (row["image_id"] or "").strip()
    if not image or not name:
        raise AnnotationsRefused(f"{where}: image_id or class_name is empty.")
    label = "" if name.lower() in NO_FINDING_NAMES else name
    corners = [(row[side] or "").strip() for side in CORNERS]
    box = None
    if any(corners):
        x_min, y_min, x_max, y_max = (_number(text, where) for text in corners)
        box = (x_min, y_min, x_max, y_max)
    return Statement(image, label, (row["rad_id"] or "").strip(), box)


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise AnnotationsRefused(f"{where}: {text!r} is no number.") from error


def _facts(path: Path) -> dict[str, ImageFacts]:
    facts: dict[str, ImageFacts] = {}
    for line, row in _rows(path, ("image_id",)):
        where = f"{path.name}, line {line}"
        facts[(row["image_id"] or "").strip()] = ImageFacts(
            width_px=_first(row, WIDTHS, where),
            height_px=_first(row, HEIGHTS, where),
            age_years=_first(row, ("age", "age_years"), where),
            sex=(row.get("sex") or "").strip().upper()[:1],
            view=(row.get("view") or row.get("view_position") or "").strip().upper(),
        )
    return facts


def _first(row: Row, names: tuple[str, ...], where: str) -> float:
    """NaN where no such column is filled. Ages may be written 063Y as in DICOM."""
    for name in names:
        text = (row.get(name) or "").strip()
        if text:
            return _number(text.removesuffix("Y"), where)
    return float("nan")
