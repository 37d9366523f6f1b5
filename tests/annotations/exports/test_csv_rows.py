"""findings.csv and images.csv: rows, and cells that no spreadsheet runs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from annotations.exports.types import ExportRecord
from cxrportal.common.rows import neutralise, restore
from tests.annotations.exports.records import image, says, three_images, write

DANGEROUS = [
    "=1+1",
    "+49 30 1",
    "-2",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "  =cmd|' /C calc'!A0",
    "\u00a0=1",
    "\uff1d1+1",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_formula_gets_an_apostrophe_in_front(text: str) -> None:
    assert neutralise(text) == "'" + text
    assert restore(neutralise(text)) == text


@pytest.mark.parametrize("text", ["", "nodule", "a=b", "5-9", "  x", "'", "'=1", "''", "' -1"])
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert restore(neutralise(text)) == text


def test_a_text_that_begins_with_an_apostrophe_is_told_from_a_guarded_one() -> None:
    assert neutralise("'=1") == "''=1"
    assert neutralise("=1") == "'=1"


def test_one_row_a_statement_with_no_finding_for_negatives(tmp_path: Path) -> None:
    write(tmp_path)
    text = (tmp_path / "findings.csv").read_bytes().decode("utf-8")
    assert text == (
        "statement_id,image,patient,label,label_name,laterality,certainty,"
        "x_min,y_min,x_max,y_max,reader,reviewed_on,decision,model_score,split,comment\r\n"
        "1,i1,p-i1,nodule,Nodule,,CERTAIN,1.0,2.0,11.5,22.25,r1,,DRAWN,0.75,train,\r\n"
        "2,i1,p-i1,effusion,Pleural effusion,,CERTAIN,,,,,r1,,DRAWN,,train,\r\n"
        "3,i2,p-i2,no_finding,No finding,,CERTAIN,,,,,r1,,DRAWN,,train,\r\n"
        "4,i3,p-i3,mass,Mass,,CERTAIN,0.0,0.0,40.0,30.0,r1,,DRAWN,,train,\r\n"
    )


def test_one_row_an_image(tmp_path: Path) -> None:
    write(tmp_path)
    lines = (tmp_path / "images.csv").read_bytes().decode("utf-8").split("\r\n")
    assert lines[0].split(",")[:4] == ["image", "file_name", "width_px", "height_px"]
    assert lines[1] == "i1,images/i1.png,40,30,p-i1,,,,,train,2"
    assert len(lines) == 5


def test_a_comment_cannot_run_and_can_be_read_back(tmp_path: Path) -> None:
    comment = '=HYPERLINK("http://x","a, b")\nand more'
    record = ExportRecord(image(), (says("mass", comment=comment),))
    write(tmp_path, (record,))
    with (tmp_path / "findings.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[1][-1].startswith("'=")
    assert restore(rows[1][-1]) == comment


def test_a_failure_leaves_no_file_behind(tmp_path: Path) -> None:
    bad = ExportRecord(image("i9"), (says("mass", "i9", box_xyxy=(0.0, 0.0, 99.0, 9.0)),))
    with pytest.raises(Exception, match="leaves its image"):
        write(tmp_path, (*three_images(), bad))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images"]
