"""CSV files of data sets, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from annotations.imports.errors import TableBroken
from annotations.imports.files import DatasetFiles, text_of
from annotations.imports.types import Place, RowProblem, Xyxy

Row = dict[str, str]


def header_of(files: DatasetFiles, name: str) -> tuple[str, ...]:
    """The first line's cells, stripped; empty where the file is no CSV."""
    try:
        with text_of(files, name) as text:
            return tuple(cell.strip() for cell in next(csv.reader(text), []))
    except (TableBroken, csv.Error):
        return ()


def rows_of(files: DatasetFiles, name: str, needed: tuple[str, ...]) -> Iterator[tuple[Place, Row]]:
    """Each row as a dictionary of stripped texts. Raises TableBroken with the name and line."""
    with text_of(files, name) as text:
        reader = csv.reader(text)
        line = 0
        try:
            columns = [cell.strip() for cell in next(reader, [])]
            missing = sorted(set(needed) - set(columns))
            if missing:
                raise TableBroken(f"{name} has no column {', '.join(missing)}.")
            for cells in reader:
                line = reader.line_num
                if any(cells):
                    padded = [*cells, *[""] * (len(columns) - len(cells))]
                    stripped = (cell.strip() for cell in padded)
                    yield Place(name, line), dict(zip(columns, stripped, strict=False))
        except csv.Error as error:
            raise TableBroken(f"{name}, near line {line + 1}: {error}.") from error


def box_of(cells: list[str]) -> Xyxy | None:
    """Four numbers, or None where all are empty. Raises ValueError for anything else."""
    if not any(cells):
        return None
    first, second, third, fourth = (float(cell) for cell in cells)
    return first, second, third, fourth


def no_numbers(place: Place, image: str) -> RowProblem:
    return RowProblem(place, image, "box_not_numbers", "The sides of the box are not four numbers.")


def whole_years(text: str) -> int | None:
    """ "58", "058Y" -> 58; None for anything else. Months and days are below a year."""
    plain = text.strip().upper()
    if plain[-1:] in ("M", "W", "D") and plain[:-1].isdigit():
        return 0
    plain = plain.removesuffix("Y")
    try:
        return int(float(plain)) if plain else None
    except (ValueError, OverflowError):
        return None
