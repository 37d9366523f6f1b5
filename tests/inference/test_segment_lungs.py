"""``manage.py segment_lungs``: masks of the original size, a table, faults, going on."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from inference.services.batch_files import BatchFile
from inference.services.segment import mask_names
from tests.support.phantoms import phantom_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    images = tmp_path / "images"
    images.mkdir()
    phantom_file(images, seed=5, findings=())
    return images


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "lungs.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_mask_of_the_original_size_and_its_areas(folder, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    call_command("segment_lungs", str(folder), "--out", str(out), "--threads", "1")
    assert "1 images" in capsys.readouterr().out
    (row,) = rows(out)
    mask = cv2.imread(str(out / row["mask"]), cv2.IMREAD_UNCHANGED)
    assert mask.shape == (512, 440) == (int(row["height_px"]), int(row["width_px"]))
    assert set(np.unique(mask)) == {0, 255}
    assert int(row["left_area_px"]) + int(row["right_area_px"]) == (mask > 0).sum()
    assert row["mask"] == "masks/phantom-5.png"
    # a detector's spacing is no distance in the patient
    assert (row["left_area_mm2"], row["right_area_mm2"]) == ("", "")
    ratio, missing = row["cardiothoracic_ratio_experimental"], row["ratio_missing"]
    assert bool(ratio) != bool(missing)


def test_bad_files_are_listed_and_end_the_command_with_a_failure(folder, tmp_path, capsys) -> None:
    (folder / "broken.dcm").write_bytes(b"no image")
    page = np.full((700, 500), 245, np.uint8)
    for y in range(40, 680, 22):
        cv2.putText(page, "Dear colleague, thank you", (30, y), 0, 0.9, 10, 2)
    cv2.imwrite(str(folder / "letter.png"), page)
    out = tmp_path / "out"
    with pytest.raises(CommandError, match="2 could not be segmented"):
        call_command("segment_lungs", str(folder), "--out", str(out), "--no-ratio")
    with (out / "errors.csv").open(encoding="utf-8", newline="") as stream:
        faults = {row["image"]: row["code"] for row in csv.DictReader(stream)}
    assert set(faults) == {"broken.dcm", "letter.png"}
    assert faults["letter.png"] == "not_frontal_chest"
    assert [row["image"] for row in rows(out)] == ["phantom-5.dcm"]
    assert not (out / "masks" / "letter.png").exists()


def test_a_second_run_goes_on_where_the_first_ended(folder, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    call_command("segment_lungs", str(folder), "--out", str(out), "--no-ratio")
    stamp = (out / "masks" / "phantom-5.png").stat().st_mtime_ns
    phantom_file(folder, seed=6, findings=())
    call_command("segment_lungs", str(folder), "--out", str(out), "--no-ratio")
    assert "1 images in" in capsys.readouterr().out.splitlines()[-1]
    assert len(rows(out)) == 2
    assert (out / "masks" / "phantom-5.png").stat().st_mtime_ns == stamp
    (out / "masks" / "phantom-5.png").unlink()  # a lost mask is made again
    call_command("segment_lungs", str(folder), "--out", str(out), "--no-ratio")
    assert (out / "masks" / "phantom-5.png").exists()


def test_results_of_other_options_are_not_mixed(folder, tmp_path) -> None:
    out = tmp_path / "out"
    call_command("segment_lungs", str(folder), "--out", str(out), "--no-ratio")
    with pytest.raises(CommandError, match="output_folder_taken"):
        call_command("segment_lungs", str(folder), "--out", str(out))


def test_nothing_found_is_said(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="no_images"):
        call_command("segment_lungs", str(tmp_path / "empty"), "--out", str(tmp_path / "out"))


def test_masks_of_files_that_differ_by_suffix_only_have_two_names() -> None:
    names = ("a/x.dcm", "a/x.png", "y.jpeg")
    assert mask_names([BatchFile(Path(name), name) for name in names]) == {
        "a/x.dcm": "masks/a/x.dcm.png",
        "a/x.png": "masks/a/x.png.png",
        "y.jpeg": "masks/y.png",
    }
