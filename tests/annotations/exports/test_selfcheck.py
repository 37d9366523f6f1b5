"""The check before sealing sees each kind of fault, and identity in any byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotations.exports.errors import SelfCheckFailed
from annotations.exports.files import CHUNK_BYTES
from annotations.exports.phi_scan import LONG_BYTES, PhiScan
from annotations.exports.selfcheck import check_release
from annotations.exports.types import ExportRecord, Split
from tests.annotations.exports.records import (
    PLANTED,
    image,
    planted_record,
    says,
    three_images,
    write,
)


def change_coco(folder: Path, change: Callable[[Any], None]) -> None:
    path = folder / "coco.json"
    coco = json.loads(path.read_bytes())
    change(coco)
    path.write_text(json.dumps(coco))


def replace_text(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode("utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode("utf-8"))


def only_problem(folder: Path, *forbidden: str) -> str:
    (problem,) = check_release(folder, forbidden=forbidden).problems
    return problem


def test_a_sound_release_passes(tmp_path: Path) -> None:
    write(tmp_path)
    found = check_release(tmp_path, forbidden=PLANTED)
    assert found.problems == ()
    assert (found.images, found.statements, found.boxes) == (3, 4, 2)
    found.require()


def test_a_release_of_planted_identity_passes(tmp_path: Path) -> None:
    write(tmp_path, (planted_record(),))
    found = check_release(tmp_path, forbidden=PLANTED)
    assert found.problems == ()
    assert found.texts_not_searched == 0


def set_bbox(coco: Any) -> None:
    coco["annotations"][0]["bbox"] = [30.0, 2.0, 10.5, 20.25]


def set_category(coco: Any) -> None:
    coco["annotations"][0]["category_id"] = 2


def set_first_id(coco: Any) -> None:
    coco["annotations"][0]["id"] = 0


def set_area(coco: Any) -> None:
    coco["annotations"][0]["area"] = 1.0


def set_image(coco: Any) -> None:
    coco["annotations"][1]["image_id"] = 99


def set_twice(coco: Any) -> None:
    coco["annotations"][1]["statement_id"] = 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (set_bbox, "leaves its image"),
        (set_category, "category"),
        (set_first_id, "numbered from 1"),
        (set_area, "area"),
        (set_image, "no image"),
        (set_twice, "twice"),
    ],
)
def test_a_fault_in_coco_is_seen(
    tmp_path: Path, change: Callable[[Any], None], problem: str
) -> None:
    write(tmp_path)
    change_coco(tmp_path, change)
    assert any(problem in said for said in check_release(tmp_path).problems)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("1.0,2.0,11.5,22.25", "1.0,2.0,11.6,22.25", "disagree on box of statement 1"),
        ("2,i1,p-i1,effusion", "2,i1,p-i1,mass", "disagree on label of statement 2"),
        ("3,i2,p-i2", "3,i2,p-i1", "disagree on patient of statement 3"),
        ("4,i3,p-i3,mass,Mass,,CERTAIN", "4,i3,p-i3,mass,Mass,L,CERTAIN", "laterality"),
        ("\r\n4,", "\r\n5,", "do not hold the same statements"),
        (",r1,,DRAWN,0.75,train,", ",r1,,DRAWN,0.75,train,=1", "run by a spreadsheet"),
        (",r1,,DRAWN,0.75,train,", ",r1,,DRAWN,0.75", "too few or too many cells"),
        ("statement_id,image", "id,image", "columns of findings.csv"),
    ],
)
def test_a_row_that_disagrees_with_coco_is_named(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    write(tmp_path)
    replace_text(tmp_path / "findings.csv", old, new)
    assert problem in only_problem(tmp_path)


def test_missing_rows_and_broken_files_are_problems_not_crashes(tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / "findings.csv"
    path.write_bytes(path.read_bytes().rsplit(b"4,i3", 1)[0])
    assert "same statements" in only_problem(tmp_path)
    path.write_bytes(b"\xff\xfe")
    assert "read back" in only_problem(tmp_path)
    (tmp_path / "coco.json").write_text("{}")
    assert "read back" in only_problem(tmp_path)


def test_images_csv_has_the_images_of_coco(tmp_path: Path) -> None:
    write(tmp_path)
    replace_text(tmp_path / "images.csv", "i2.png,40,30", "i2.png,40,31")
    assert "disagree on image i2" in only_problem(tmp_path)


def test_a_patient_in_two_splits_is_seen(tmp_path: Path) -> None:
    one = ExportRecord(image("i1", patient_key="p"), (says("mass"),))
    two = ExportRecord(
        image("i2", patient_key="p", split=Split.TEST),
        (says("mass", "i2"),),
    )
    write(tmp_path, (one, two))
    assert only_problem(tmp_path) == "Patient p is in two splits."


def test_pictures_are_there_whole_and_of_the_right_size(tmp_path: Path) -> None:
    write(tmp_path)
    first, second, third = sorted((tmp_path / "images").iterdir())
    first.unlink()
    second.write_bytes(second.read_bytes() + b"more")
    (swapped,) = [ExportRecord(image("i3", width_px=41), (says("mass", "i3"),))]
    other = tmp_path / "other"
    write(other, (swapped,))
    third.write_bytes((other / "images" / "i3.png").read_bytes())
    problems = check_release(tmp_path).problems
    assert [text.split(" ", 3)[3] for text in problems] == [
        "is missing.",
        "holds more than pixels, or is broken.",
        "has another size than its boxes assume.",
    ]
    assert check_release(tmp_path, pictures=False).problems == ()


def test_a_failed_check_refuses_with_the_first_problem(tmp_path: Path) -> None:
    write(tmp_path)
    change_coco(tmp_path, set_area)
    change_coco(tmp_path, set_first_id)
    with pytest.raises(SelfCheckFailed, match=r"numbered from 1\. \(1 more\)") as refused:
        check_release(tmp_path).require()
    assert refused.value.code == "self_check_failed"


@pytest.mark.parametrize(
    "where", ["coco.json", "findings.csv", "README.md", "images/i1.png", "notes/new.bin"]
)
@pytest.mark.parametrize("code", ["utf-8", "utf-16-le", "utf-16-be"])
def test_an_identity_in_any_file_is_found(tmp_path: Path, where: str, code: str) -> None:
    write(tmp_path)
    path = tmp_path / where
    path.parent.mkdir(exist_ok=True)
    before = path.read_bytes() if path.exists() else b""
    for text in PLANTED:
        if path.suffix == ".png" and len(text.encode(code)) < LONG_BYTES:
            continue  # compressed bytes hold every short text by chance
        path.write_bytes(before + b" " + text.encode(code))
        hits = list(PhiScan([text.lower() if text.isascii() else text]).folder(tmp_path))
        assert [(hit.file, hit.needle) for hit in hits] == [(where, 0)], text


def test_an_identity_in_a_comment_fails_the_release(tmp_path: Path) -> None:
    comment = "Compare with MRN-0012345"
    record = ExportRecord(image(), (says("mass", comment=comment),))
    write(tmp_path, (record,))
    problems = check_release(tmp_path, forbidden=PLANTED).problems
    assert problems == (
        "An identifying text stands in coco.json.",
        "An identifying text stands in findings.csv.",
    )
    assert not any("0012345" in text for text in problems)


def test_an_identity_in_a_file_name_is_found(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "MRN-0012345.txt").write_text("x")
    assert any(
        "identifying" in text for text in check_release(tmp_path, forbidden=PLANTED).problems
    )


def test_json_escapes_do_not_hide_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps("Nguyễn Thị Ánh"))
    (tmp_path / "b.txt").write_bytes("Ségolène".encode("latin-1"))
    found = [hit.file for hit in PhiScan(["Nguyễn Thị Ánh", "Ségolène"]).folder(tmp_path)]
    assert found == ["a.json", "b.txt"]


@pytest.mark.parametrize("shift", range(-12, 4))
def test_a_text_across_two_blocks_is_found_once(tmp_path: Path, shift: int) -> None:
    text = "MRN-0012345"
    place = CHUNK_BYTES + shift
    data = bytearray(b"." * (CHUNK_BYTES + 5000))
    data[place : place + len(text)] = text.encode()
    (tmp_path / "a.bin").write_bytes(data)
    assert [hit.offset for hit in PhiScan([text, "another text"]).folder(tmp_path)] == [place]


def test_short_texts_count_only_where_they_stand_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"xkohlx kohl2 P1234567a 1234567.5")
    assert list(PhiScan(["Kohl", "1234567"]).folder(tmp_path)) == []
    (tmp_path / "a.txt").write_bytes(b"of Kohl, 1234567\n")
    assert [hit.needle for hit in PhiScan(["Kohl", "1234567"]).folder(tmp_path)] == [0, 1]


def test_what_cannot_be_searched_is_counted(tmp_path: Path) -> None:
    write(tmp_path, three_images())
    found = check_release(tmp_path, forbidden=("Li", "1024", "Mass", "", "Effusion"))
    assert found.problems == ()
    assert found.texts_not_searched == 5
