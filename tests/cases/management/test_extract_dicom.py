"""The commands: what they say, how they end, what they refuse."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from cases.dicom.burned_in_trial import Words, plant
from tests.cases.dicom.factories import dicom_bytes


def extract(*arguments: object) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    words = [str(argument) for argument in arguments]
    call_command("extract_dicom", *words, "--workers", "1", "-v", "0", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_says_what_it_did_and_that_the_key_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(dicom_bytes())
    said, _ = extract(tmp_path / "a.dcm", "--metadata", tmp_path / "m.csv")
    assert "1 of 1 files extracted" in said
    assert "files/s with 1 workers" in said
    assert "the key of the pseudonyms is destroyed" in said
    assert "MRN-1" not in (tmp_path / "m.csv").read_text()


def test_identity_is_kept_only_where_it_is_asked_for_and_then_said(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(dicom_bytes())
    said, _ = extract(tmp_path / "a.dcm", "--metadata", tmp_path / "m.csv", "--keep-identity")
    assert "Identity was KEPT" in said
    assert "MRN-1" in (tmp_path / "m.csv").read_text()


def test_a_kept_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(dicom_bytes())
    key = tmp_path / "key"
    said, _ = extract(tmp_path / "a.dcm", "--dicom", tmp_path / "out", "--key", key)
    assert f"kept in {key}" in said
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_bad_file_ends_it_with_status_1_and_its_name_on_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(dicom_bytes())
    (tmp_path / "doe.txt").write_bytes(b"no image")
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(
            "extract_dicom", str(tmp_path), "--metadata", str(tmp_path / "out" / "m.csv"),
            "--workers", "1", "-v", "0", stdout=StringIO(), stderr=err,
        )  # fmt: skip
    assert ended.value.code == 1
    assert "doe.txt: not_an_image" in err.getvalue()
    listed = (tmp_path / "out" / "errors.csv").read_text()
    assert "not_an_image" in listed
    assert "doe" not in listed


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "at least one output"),
        (("--metadata", "m.csv", "--workers", "0"), "--workers"),
        (("--dicom", "d", "--keep-identity"), "de-identified"),
        (("--metadata", "m.csv", "--keep-identity", "--key", "k"), "de-identified"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, arguments: tuple[str], word: str) -> None:
    with pytest.raises(CommandError, match=word):
        call_command("extract_dicom", str(tmp_path), *arguments)


def test_a_refusal_carries_its_code(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nothing_to_extract"):
        extract(tmp_path / "nowhere", "--metadata", tmp_path / "m.csv")


def test_the_finder_of_text_is_measured_on_a_folder(tmp_path: Path) -> None:
    plain = np.full((300, 300), 60, np.uint8)
    marked, _ = plant(plain, Words("L", 255), 24, "top right")
    for name, picture in (("a.png", plain), ("b.png", marked)):
        cv2.imwrite(str(tmp_path / name), picture)
    out = StringIO()
    call_command("measure_burned_in", str(tmp_path), "--every", "6", stdout=out, stderr=StringIO())
    assert "n = 2; with a region 1 (50%)" in out.getvalue()
    assert "all planted: n = 10; found 100.0%" in out.getvalue()


def test_a_folder_without_radiographs_cannot_be_measured(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no radiograph"):
        call_command("measure_burned_in", str(tmp_path))
