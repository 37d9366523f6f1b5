"""Rows in the order of their images: a data set of any size passes through a file on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from annotations.imports.files import DatasetFiles
from annotations.imports.types import DatasetImage, DatasetStatement, Item, Place, RowProblem

_SCHEMA = """
CREATE TABLE images (key TEXT PRIMARY KEY, file_name TEXT, file TEXT, row INTEGER, patient TEXT,
  sex TEXT, age INTEGER, view TEXT, study_date TEXT, width REAL, height REAL) WITHOUT ROWID;
CREATE TABLE statements (key TEXT, reader TEXT, label TEXT, file TEXT, row INTEGER,
  x_min REAL, y_min REAL, x_max REAL, y_max REAL, frame_width REAL, frame_height REAL,
  certainty TEXT, laterality TEXT);
CREATE TABLE problems (file TEXT, row INTEGER, image TEXT, code TEXT, message TEXT);
CREATE TABLE files (name TEXT, lower TEXT, base TEXT, stem TEXT);
"""
_TABLES = (".csv", ".html", ".json", ".md", ".pdf", ".txt", ".xml", ".yaml", ".yml")
_INDEXES = """
CREATE INDEX statements_of ON statements (key);
CREATE INDEX files_lower ON files (lower);
CREATE INDEX files_base ON files (base);
CREATE INDEX files_stem ON files (stem);
"""


@dataclass(frozen=True, slots=True)
class StagedImage:
    """``file``: its name among the files of the data set, "" where it is not there."""

    image: DatasetImage
    file: str
    statements: tuple[DatasetStatement, ...]


class Staging:
    """All rows of one data set, on the disk."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        self._rows = rows

    def fill(self, files: DatasetFiles, items: Iterable[Item]) -> None:
        """Raises TableBroken with what is wrong with a table as a whole."""
        self._rows.executescript(_SCHEMA)
        named = (_spelled(name) for name in files.names() if not name.lower().endswith(_TABLES))
        self._rows.executemany("INSERT INTO files VALUES (?, ?, ?, ?)", named)
        for item in items:
            self._add(item)
        self._rows.executescript(_INDEXES)
        self._rows.execute(
            "INSERT INTO problems SELECT file, row, key, 'image_unknown',"
            " 'No image of the data set has this name.' FROM statements"
            " WHERE key NOT IN (SELECT key FROM images)"
        )
        self._rows.commit()

    def _add(self, item: Item) -> None:
        if isinstance(item, RowProblem):
            values: tuple[object, ...] = (item.place.file, item.place.row)
            self._insert("problems", (*values, item.image, item.code, item.message))
        elif isinstance(item, DatasetStatement):
            box, frame = item.box or (None,) * 4, item.frame or (None, None)
            place = (item.place.file, item.place.row)
            head = (item.key, item.reader, item.label, *place)
            self._insert("statements", (*head, *box, *frame, item.certainty, item.laterality))
        else:
            self._add_image(item)

    def _add_image(self, item: DatasetImage) -> None:
        added = self._insert(
            "images",
            (
                *(item.key, item.file_name, item.place.file, item.place.row, item.patient),
                *(item.sex, item.age_years, item.view, item.study_date),
                *(item.width_px, item.height_px),
            ),
        )
        if not added and not item.implied:
            message = "This image stands in the table already; the first row counts."
            self._add(RowProblem(item.place, item.key, "image_repeated", message))

    def _insert(self, table: str, values: tuple[object, ...]) -> bool:
        marks = ", ".join("?" * len(values))
        cursor = self._rows.execute(
            f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values
        )  # our names
        return cursor.rowcount > 0

    @property
    def images_total(self) -> int:
        return int(self._rows.execute("SELECT count(*) FROM images").fetchone()[0])

    def problems(self) -> Iterator[RowProblem]:
        found = self._rows.execute("SELECT * FROM problems ORDER BY file, row")
        for file, row, image, code, message in found:
            yield RowProblem(Place(file, row), image, code, message)

    def images(self) -> Iterator[StagedImage]:
        """Sorted by key."""
        for cells in self._rows.execute("SELECT * FROM images ORDER BY key"):
            key, file_name, file, row, patient, sex, age, view, study_date, width, height = cells
            image = DatasetImage(
                key=key,
                file_name=file_name,
                place=Place(file, row),
                patient=patient,
                sex=sex,
                age_years=age,
                view=view,
                study_date=study_date,
                width_px=width,
                height_px=height,
            )
            yield StagedImage(image, self._file(file_name), tuple(self._statements(key)))

    def _statements(self, key: str) -> Iterator[DatasetStatement]:
        found = self._rows.execute("SELECT * FROM statements WHERE key = ? ORDER BY rowid", (key,))
        for _, reader, label, file, row, *sides, wide, high, certainty, laterality in found:
            box = None if sides[0] is None else (sides[0], sides[1], sides[2], sides[3])
            frame = None if wide is None else (wide, high)
            place = Place(file, row)
            yield DatasetStatement(key, reader, label, place, box, frame, certainty, laterality)

    def _file(self, named: str) -> str:
        """By path, else by base name, else by the name without its ending; only where it is one."""
        lower = named.lower().removeprefix("./")
        base = lower.rsplit("/", 1)[-1]
        for column, value in (("lower", lower), ("base", base), ("stem", _stem(base))):
            found = self._rows.execute(
                f"SELECT name FROM files WHERE {column} = ? LIMIT 2",  # our names
                (value,),
            ).fetchall()
            if len(found) == 1:
                return str(found[0][0])
        return ""


def _spelled(name: str) -> tuple[str, str, str, str]:
    lower = name.lower()
    base = lower.rsplit("/", 1)[-1]
    return name, lower, base, _stem(base)


def _stem(base: str) -> str:
    head, dot, ending = base.rpartition(".")
    return head if dot and len(ending) <= 5 and not ending.isdigit() else base


@contextmanager
def staging(folder: Path) -> Iterator[Staging]:
    """In a file below ``folder``, which may go afterwards."""
    with closing(sqlite3.connect(folder / "rows.sqlite3")) as rows:
        rows.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
        yield Staging(rows)
