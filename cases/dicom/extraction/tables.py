"""The CSV files of an extraction: RFC 4180, UTF-8, safe in a spreadsheet, whole or not at all."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from cases.dicom.extraction.metadata import Cell
from cxrportal.common.rows import neutralise

ERROR_COLUMNS = ("number", "file", "code", "message")


def write_table(columns: tuple[str, ...], rows: Iterable[tuple[Cell, ...]], path: Path) -> int:
    """How many rows were written under the header row. Raises ValueError on a row of other length.

    A file's text never becomes a formula; numbers are written so that they read back exactly.
    """
    temporary, count = path.with_name(f".{path.name}.part"), 0
    try:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\r\n")
            writer.writerow(columns)
            for row in rows:
                if len(row) != len(columns):
                    raise ValueError(f"{len(columns)} cells were expected, not {len(row)}")
                writer.writerow([_text(cell) for cell in row])
                count += 1
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return neutralise(cell) if isinstance(cell, str) else repr(cell)
