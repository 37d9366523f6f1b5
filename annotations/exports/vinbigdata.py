"""The two files of the VinBigData format: readers' statements, and the model's predictions.

Source: data description of the VinBigData Chest X-ray Abnormalities Detection competition, 2020.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from annotations.exports.errors import ExportInvalid
from annotations.exports.files import whole_file
from annotations.exports.label_sets import LabelSet, Mapper
from annotations.exports.types import NO_FINDING, NO_FINDING_NAME, ExportRecord, rounded
from cxrportal.common.rows import neutralise

FOLDER = "vinbigdata"
TRAIN_NAME, SUBMISSION_NAME = "train.csv", "submission.csv"
TRAIN_COLUMNS = (
    "image_id",
    "class_name",
    "class_id",
    "rad_id",
    "x_min",
    "y_min",
    "x_max",
    "y_max",
)
SUBMISSION_COLUMNS = ("image_id", "PredictionString")


class TrainWriter:
    """One row a finding and reader. "No finding" and findings without a box have an empty box.

    A reader whose every finding the set drops states nothing here: that is no negative.
    """

    def __init__(self, stream: BinaryIO, label_set: LabelSet) -> None:
        if label_set.no_finding is None:
            raise ExportInvalid("VinBigData needs a class for no finding.")
        self._stream, self._mapper, self._nothing = stream, Mapper(label_set), label_set.no_finding
        stream.write(_line(TRAIN_COLUMNS))

    def add(self, record: ExportRecord) -> None:
        key, names = record.image.key, self._mapper.label_set.names
        for statement in record.statements:
            if statement.label == NO_FINDING:
                row = (key, NO_FINDING_NAME, self._nothing, statement.reader_key, "", "", "", "")
                self._stream.write(_line(row))
        for number, statement in self._mapper.mapped(record.statements):
            box = ("",) * 4 if statement.box_xyxy is None else rounded(statement.box_xyxy)
            self._stream.write(_line((key, names[number], number, statement.reader_key, *box)))

    @property
    def dropped(self) -> dict[str, int]:
        """Findings that the label set has no class for, by code."""
        return dict(sorted(self._mapper.dropped.items()))


class SubmissionWriter:
    """The model's boxes, ``class score x_min y_min x_max y_max ...``; none: ``14 1 0 0 1 1``."""

    def __init__(self, stream: BinaryIO, label_set: LabelSet) -> None:
        self._stream, self._set = stream, label_set
        stream.write(_line(SUBMISSION_COLUMNS))

    def add(self, record: ExportRecord) -> None:
        parts: list[str] = []
        for item in sorted(record.predictions, key=lambda item: -item.score):
            number = self._set.class_of.get(item.label)
            if number is not None and item.box_xyxy is not None:
                box = " ".join(f"{side:g}" for side in rounded(item.box_xyxy))
                parts.append(f"{number} {item.score:.6g} {box}")
        nothing = f"{self._set.no_finding} 1 0 0 1 1"
        self._stream.write(_line((record.image.key, " ".join(parts) or nothing)))


@contextmanager
def train_csv(folder: Path, label_set: LabelSet) -> Iterator[TrainWriter]:
    """Raises ExportInvalid where the set has no class for "no finding"."""
    with _file(folder, TRAIN_NAME) as stream:
        yield TrainWriter(stream, label_set)


@contextmanager
def submission_csv(folder: Path, label_set: LabelSet) -> Iterator[SubmissionWriter]:
    with _file(folder, SUBMISSION_NAME) as stream:
        yield SubmissionWriter(stream, label_set)


@contextmanager
def _file(folder: Path, name: str) -> Iterator[BinaryIO]:
    (folder / FOLDER).mkdir(exist_ok=True)
    with whole_file(folder / FOLDER / name) as stream:
        yield stream


def _line(cells: tuple[str | int | float, ...]) -> bytes:
    text = io.StringIO()
    safe = [neutralise(cell) if isinstance(cell, str) else cell for cell in cells]
    csv.writer(text, lineterminator="\r\n").writerow(safe)
    return text.getvalue().encode("utf-8")
