"""CSV files row by row; whatever does not fit is refused with the name of the file and the row."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from inference.predict.types import Box
from inference.training.errors import DataRefused

OLDEST_YEARS = 120


@dataclass(frozen=True, slots=True)
class Row:
    """``number`` counts as a text editor does: the header is row 1."""

    file: str
    number: int
    cells: dict[str, str]

    def refused(self, why: str) -> DataRefused:
        return DataRefused(f"{self.file}, row {self.number}: {why}.")

    def text(self, column: str) -> str:
        """The cell without the blanks around it. Raises DataRefused where it is empty."""
        value = self.cells[column].strip()
        if not value:
            raise self.refused(f"{column} is empty")
        return value

    def maybe(self, column: str) -> str:
        """The cell, empty where there is no such column."""
        return self.cells.get(column, "").strip()

    def number_in(self, column: str) -> float:
        """A finite number. Raises DataRefused."""
        text = self.text(column)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.refused(f"{column} = {text!r} is not a number")
        return value

    def box(self, columns: tuple[str, str, str, str]) -> Box:
        """xyxy. Raises DataRefused for an empty box."""
        box = Box(*(self.number_in(column) for column in columns))
        if box.x_max <= box.x_min or box.y_max <= box.y_min:
            raise self.refused("the box is empty")
        return box

    def age(self, column: str) -> float | None:
        """Years; None where it is missing or no human age (ChestX-ray14 has 155 and 411)."""
        try:
            years = float(self.maybe(column).rstrip("Yy") or "nan")
        except ValueError:
            return None
        return years if 0 <= years <= OLDEST_YEARS else None


def read_rows(path: Path, columns: Iterable[str]) -> list[Row]:
    """All rows of a CSV file that must have these columns. Raises DataRefused."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise DataRefused(f"{path.name} has no column {', '.join(missing)}.")
            return [_row(path.name, reader.line_num, cells) for cells in reader]
    except OSError as error:
        raise DataRefused(f"{path.name} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataRefused(f"{path.name} is no CSV file in UTF-8: {error}.") from error


def _row(file: str, number: int, cells: dict[str | None, str | None]) -> Row:
    if None in cells or None in cells.values():
        raise DataRefused(f"{file}, row {number}: not as many cells as the header has.")
    return Row(file, number, {str(name): str(value) for name, value in cells.items()})


def sha256_of_files(*paths: Path) -> str:
    """SHA-256 of the files' bytes one after the other; what is not there counts nothing."""
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
