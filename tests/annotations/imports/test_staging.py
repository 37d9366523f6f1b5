"""Rows come back by image, and files are found by path, name or stem."""

from __future__ import annotations

from pathlib import Path

from annotations.imports.staging import staging
from annotations.imports.types import DatasetImage, DatasetStatement, Place, RowProblem
from tests.annotations.imports.datasets import files_of

PLACE = Place("t.csv", 1)


def test_rows_come_back_by_image_whatever_their_order(tmp_path: Path) -> None:
    items = [
        DatasetStatement("b", "R", "x", PLACE, (1.0, 2.0, 3.0, 4.0), (1.0, 1.0), "POSSIBLE", "L"),
        DatasetImage("b", "b.png", PLACE, "P", "F", 50, "PA", "2020-01-01", 10.0, 20.0),
        DatasetImage("a", "a", PLACE),
        DatasetStatement("b", "R", "", PLACE),
        DatasetStatement("nobody", "R", "x", Place("t.csv", 9)),
        DatasetImage("a", "a", Place("t.csv", 3)),
        DatasetImage("a", "a", Place("t.csv", 4), implied=True),
        RowProblem(Place("t.csv", 7), "c", "box_empty", "Why."),
    ]
    with staging(tmp_path) as rows:
        rows.fill(files_of(**{"x/B.PNG": "", "x/a.jpg": "", "a.txt": ""}), items)
        first, second = rows.images()
        assert (first.image, first.file, first.statements) == (items[2], "x/a.jpg", ())
        assert (second.image, second.file) == (items[1], "x/B.PNG")
        assert second.statements == (items[0], items[3])
        assert rows.images_total == 2
        assert [(p.code, p.image, p.place.row) for p in rows.problems()] == [
            ("image_repeated", "a", 3), ("box_empty", "c", 7), ("image_unknown", "nobody", 9),
        ]  # fmt: skip


def test_a_name_that_two_files_have_finds_neither(tmp_path: Path) -> None:
    with staging(tmp_path) as rows:
        rows.fill(files_of(**{"x/a.png": "", "y/a.png": ""}), [DatasetImage("a", "a.png", PLACE)])
        assert next(rows.images()).file == ""


def test_a_full_path_is_enough(tmp_path: Path) -> None:
    with staging(tmp_path) as rows:
        rows.fill(files_of(**{"x/a.png": "", "y/a.png": ""}), [DatasetImage("a", "y/a.png", PLACE)])
        assert next(rows.images()).file == "y/a.png"
