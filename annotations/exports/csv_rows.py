"""findings.csv and images.csv: RFC 4180, UTF-8, a header row, CR LF, safe in a spreadsheet.

What makes a cell safe stands in ``cxrportal.common.rows``.
Numbers are written as numbers; none of ours is negative.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from annotations.exports.files import whole_file
from annotations.exports.types import (
    NO_FINDING,
    NO_FINDING_NAME,
    Category,
    ExportAnnotation,
    ExportImage,
    ExportRecord,
    rounded,
)
from cxrportal.common.rows import neutralise

FINDING_COLUMNS = (
    "statement_id",
    "image",
    "patient",
    "label",
    "label_name",
    "laterality",
    "certainty",
    "x_min",
    "y_min",
    "x_max",
    "y_max",
    "reader",
    "reviewed_on",
    "decision",
    "model_score",
    "split",
    "comment",
)
IMAGE_COLUMNS = (
    "image",
    "file_name",
    "width_px",
    "height_px",
    "patient",
    "age_band",
    "sex",
    "view",
    "study_date",
    "split",
    "statements",
)
Cell = str | int | float | None
Row = tuple[Cell, ...]


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    return neutralise(cell) if isinstance(cell, str) else repr(cell)


def finding_row(
    statement_id: int, image: ExportImage, statement: ExportAnnotation, name: str
) -> Row:
    """In the order of FINDING_COLUMNS; the four sides of the box are empty without one."""
    box = (None,) * 4 if statement.box_xyxy is None else rounded(statement.box_xyxy)
    return (
        statement_id,
        image.key,
        image.patient_key,
        statement.label,
        name,
        statement.laterality.value,
        statement.certainty.value,
        *box,
        statement.reader_key,
        statement.reviewed_on,
        statement.decided.value,
        statement.model_score,
        image.split.value,
        statement.comment,
    )


def image_row(record: ExportRecord) -> Row:
    """In the order of IMAGE_COLUMNS."""
    image = record.image
    return (
        image.key,
        image.file_name,
        image.width_px,
        image.height_px,
        image.patient_key,
        image.age_band,
        image.sex.value,
        image.view.value,
        image.study_date,
        image.split.value,
        len(record.statements),
    )


@contextmanager
def findings_csv(path: Path, categories: tuple[Category, ...]) -> Iterator[FindingsWriter]:
    with _table(path, FINDING_COLUMNS) as write:
        yield FindingsWriter(write, categories)


class FindingsWriter:
    """One row a statement, numbered from 1, "No finding" included."""

    def __init__(self, write: Callable[[Row], None], categories: tuple[Category, ...]) -> None:
        self._write, self._count = write, 0
        self._names = {category.code: category.name for category in categories}
        self._names[NO_FINDING] = NO_FINDING_NAME

    def add(self, record: ExportRecord) -> None:
        for statement in record.statements:
            self._count += 1
            name = self._names[statement.label]
            self._write(finding_row(self._count, record.image, statement, name))


@contextmanager
def images_csv(path: Path) -> Iterator[ImagesWriter]:
    with _table(path, IMAGE_COLUMNS) as write:
        yield ImagesWriter(write)


class ImagesWriter:
    """One row an image."""

    def __init__(self, write: Callable[[Row], None]) -> None:
        self._write = write

    def add(self, record: ExportRecord) -> None:
        self._write(image_row(record))


@contextmanager
def _table(path: Path, columns: tuple[str, ...]) -> Iterator[Callable[[Row], None]]:
    with whole_file(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator="\r\n")

        def write(cells: Row) -> None:
            writer.writerow([_written(cell) for cell in cells])

        try:
            write(columns)
            yield write
        finally:
            text.detach()  # flushes; the stream stays open for its fsync
