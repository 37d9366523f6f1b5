"""Data_Entry and BBox_List of ChestX-ray14: labels mined from reports, and boxes of radiologists.

They are two readers: the labels are of the whole image and noisy, the boxes are drawn. Boxes are
stated in the 1024 x 1024 pictures that were published, whatever the size of the files at hand.
Source: Wang et al., CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Iterator

from annotations.imports.files import DatasetFiles
from annotations.imports.tables import box_of, header_of, no_numbers, rows_of, whole_years
from annotations.imports.types import (
    DatasetImage,
    DatasetStatement,
    Item,
    Options,
    RowProblem,
    stated_label,
)

PUBLISHED_PX = 1024.0
LABELS_READER, BOXES_READER = "report labels", "radiologist boxes"
OLDEST_YEARS = 120
_ENTRY = ("Image Index", "Finding Labels", "Patient ID")
_BOX = ("Image Index", "Finding Label", "Bbox [x", "y", "w", "h]")
_NAMED_OTHERWISE = {"Infiltrate": "Infiltration"}


def find_chestxray14(files: DatasetFiles, names: list[str]) -> tuple[str, str]:
    """(Data_Entry, BBox_List) by their columns; empty where there is none."""
    entry = boxes = ""
    for name in names:
        if name.lower().endswith(".csv"):
            columns = set(header_of(files, name))
            entry = entry or (name if set(_ENTRY) <= columns else "")
            boxes = boxes or (name if set(_BOX) <= columns else "")
    return entry, boxes


def read_chestxray14(
    files: DatasetFiles, tables: tuple[str, str], options: Options
) -> Iterator[Item]:
    """Without a list of boxes the labels alone."""
    entry, boxes = tables
    yield from _entries(files, entry)
    if boxes:
        yield from _boxes(files, boxes)


def _entries(files: DatasetFiles, name: str) -> Iterator[Item]:
    for place, row in rows_of(files, name, _ENTRY):
        key = row["Image Index"]
        age = whole_years(row.get("Patient Age", ""))
        if age is not None and not 0 <= age <= OLDEST_YEARS:
            message = f"Nobody is {age} years old; the image is imported without an age."
            yield RowProblem(place, key, "age_impossible", message)
            age = None
        yield DatasetImage(
            key=key,
            file_name=key,
            place=place,
            patient=row["Patient ID"],
            sex=row.get("Patient Gender") or row.get("Patient Sex", ""),
            age_years=age,
            view=row.get("View Position", ""),
        )
        for label in filter(None, (part.strip() for part in row["Finding Labels"].split("|"))):
            yield DatasetStatement(key, LABELS_READER, stated_label(label), place)


def _boxes(files: DatasetFiles, name: str) -> Iterator[Item]:
    for place, row in rows_of(files, name, _BOX):
        key, label = row["Image Index"], row["Finding Label"]
        try:
            box = box_of([row[column] for column in _BOX[2:]])
        except ValueError:
            box = None
        if box is None:
            yield no_numbers(place, key)
            continue
        x, y, width, height = box
        yield DatasetStatement(
            key=key,
            reader=BOXES_READER,
            label=_NAMED_OTHERWISE.get(label, label),
            place=place,
            box=(x, y, x + width, y + height),
            frame=(PUBLISHED_PX, PUBLISHED_PX),
        )
