"""A whole extraction: pixels, geometry, refusals, and going on after a kill."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from cases.dicom.extraction import pool
from cases.dicom.extraction.errors import (
    KeyUnreadable,
    NothingToExtract,
    OtherOptions,
    OutputExists,
)
from cases.dicom.extraction.fit import Fit, geometry_of
from cases.dicom.extraction.run import find_jobs, run_extraction
from cases.dicom.extraction.types import Outcome, TextRule, Wanted
from tests.cases.dicom.extraction.support import PIXELS, plan_of, put, rows, run, uid
from tests.cases.dicom.factories import (
    JPEG_LS,
    SOP_INSTANCE_UID,
    chest_pixels,
    dicom_bytes,
    png_bytes,
)


def by_hand(pixels: NDArray[np.uint16], top: int) -> NDArray[np.float64]:
    """MONOCHROME1 with rescale 2 x - 100 and the window 2000, 4000, written out."""
    values = 2.0 * pixels - 100.0
    grey = np.clip((values - 1999.5) / 3999.0 + 0.5, 0, 1)
    return np.rint((1 - grey) * top)


WINDOWED = {
    "PhotometricInterpretation": "MONOCHROME1",
    "RescaleSlope": "2",
    "RescaleIntercept": "-100",
    "WindowCenter": "2000",
    "WindowWidth": "4000",
    "PixelSpacing": ["0.2", "0.1"],
}


@pytest.mark.parametrize(("bits", "top", "kind"), [(8, 255, np.uint8), (16, 65535, np.uint16)])
def test_pixels_are_modality_then_voi_then_inversion(
    folder: Path, bits: int, top: int, kind: type
) -> None:
    put(folder, "a.dcm", dicom_bytes(PIXELS, syntax=JPEG_LS, **WINDOWED))
    run(plan_of(folder, Wanted(pixels=True, png=True, bits=bits, text=TextRule.KEEP)))
    with h5py.File(folder / "pixels.h5") as file:
        image = file[SOP_INSTANCE_UID]
        assert image.dtype == kind
        np.testing.assert_array_equal(image[()], by_hand(PIXELS, top))
        assert (image.compression, image.shuffle, image.chunks) == ("gzip", True, (64, 48))
        assert image.attrs["scale_x"] == 1.0
        assert tuple(image.attrs["spacing_mm"]) == (0.2, 0.1)
        assert image.attrs["spacing_kind"] == "detector"
        assert file.attrs["identity"] == "kept"
    png = cv2.imread(str(folder / "png" / f"{SOP_INSTANCE_UID}.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(png, by_hand(PIXELS, top))


def test_a_letterbox_keeps_the_aspect_and_says_where_the_image_is(folder: Path) -> None:
    put(folder, "a.dcm", dicom_bytes(chest_pixels(512, 256), **WINDOWED))
    run(plan_of(folder, Wanted(pixels=True, size_px=256, text=TextRule.KEEP)))
    with h5py.File(folder / "pixels.h5") as file:
        image = file[SOP_INSTANCE_UID]
        assert image.shape == (256, 256)
        names = ("original_rows", "original_columns", "scale_y", "scale_x", "offset_y", "offset_x")
        assert [image.attrs[n] for n in names] == [512, 256, 0.5, 0.5, 0, 64]
        assert tuple(image.attrs["spacing_mm"]) == (0.4, 0.2)
        assert not image[:, :64].any()
        assert not image[:, 192:].any()
        full = by_hand(chest_pixels(512, 256), 255)
        mean = full.reshape(256, 2, 128, 2).mean(axis=(1, 3))
        assert abs(image[:, 64:192] - mean).max() <= 0.5


def test_stretching_fills_the_square() -> None:
    found = geometry_of(512, 256, 256, Fit.STRETCH)
    assert (found.scale_y, found.scale_x, found.offset_y, found.offset_x) == (0.5, 1.0, 0, 0)


def test_one_bad_file_stops_nothing_and_is_listed_with_its_code(folder: Path) -> None:
    put(folder, "a.dcm", dicom_bytes(PIXELS))
    put(folder, "b.dcm", dicom_bytes(PIXELS, SOPInstanceUID=uid(1))[:-9])
    put(folder, "c.txt", b"hello")
    put(folder, "deep/d.png", png_bytes())
    summary = run(plan_of(folder, Wanted(metadata=True, pixels=True, text=TextRule.KEEP)))
    assert (summary.files, summary.done) == (4, 2)
    found = [(row["file"], row["code"]) for row in rows(folder / "errors.csv")]
    assert found == [("b.dcm", "truncated"), ("c.txt", "not_an_image")]
    assert [row["key"] for row in rows(folder / "metadata.csv")] == [SOP_INSTANCE_UID, "deep/d.png"]
    with h5py.File(folder / "pixels.h5") as file:
        assert file["deep/d.png"].shape == (48, 40)


def test_the_second_file_of_an_instance_is_named_and_left_out(folder: Path) -> None:
    put(folder, "a.dcm", dicom_bytes(PIXELS))
    put(folder, "b.dcm", dicom_bytes(PIXELS // 2))
    summary = run(plan_of(folder, Wanted(png=True, text=TextRule.KEEP)))
    assert summary.codes == {"duplicate_instance": 1}
    png = cv2.imread(str(folder / "png" / f"{SOP_INSTANCE_UID}.png"), cv2.IMREAD_UNCHANGED)
    assert png.max() > 200


def test_an_existing_output_is_not_overwritten(folder: Path) -> None:
    put(folder, "a.dcm", dicom_bytes(PIXELS))
    plan = plan_of(folder, Wanted(metadata=True))
    run(plan)
    with pytest.raises(OutputExists):
        run(plan)


def test_nothing_to_do_is_said(folder: Path) -> None:
    with pytest.raises(NothingToExtract):
        run(plan_of(folder, Wanted(metadata=True)))
    put(folder, "a.dcm", dicom_bytes(PIXELS))
    with pytest.raises(NothingToExtract):
        run(plan_of(folder, Wanted()))
    with pytest.raises(NothingToExtract):
        run(plan_of(folder, Wanted(metadata=True), sources=(folder / "nowhere",)))


class Killed(Exception):
    """Stands for a kill between two files."""


def test_a_killed_run_goes_on_with_the_same_pseudonyms_and_only_what_is_left(
    folder: Path,
) -> None:
    for number in range(4):
        put(folder, f"{number}.dcm", dicom_bytes(PIXELS, SOPInstanceUID=uid(number)))
    plan = plan_of(folder, Wanted(metadata=True, pixels=True), with_identity=False)
    seen: list[Outcome] = []

    def kill_after_two(outcome: Outcome) -> None:
        seen.append(outcome)
        if len(seen) == 2:
            raise Killed

    with pytest.raises(Killed):
        run_extraction(plan, kill_after_two)
    assert not (folder / "metadata.csv").exists()
    (left,) = folder.glob(".errors.extraction")
    assert (left.stat().st_mode & 0o777, (left / "key").stat().st_mode & 0o777) == (0o700, 0o600)
    with (left / "outcomes.jsonl").open("a") as stream:
        stream.write('\n{"name": "3.dcm", "sta')  # a line that the kill cut off
    with pytest.raises(OtherOptions):
        run(replace(plan, wanted=replace(plan.wanted, bits=16)))
    summary = run(plan)
    assert (summary.done, summary.resumed) == (4, 2)
    assert {outcome.key for outcome in seen} < {row["key"] for row in rows(folder / "metadata.csv")}
    patients = {row["PatientID"] for row in rows(folder / "metadata.csv")}
    assert len(patients) == 1
    assert not list(folder.glob(".*"))


def test_a_file_that_comes_before_a_run_goes_on_changes_no_other_image(folder: Path) -> None:
    for number in range(1, 4):
        put(folder, f"{number}.png", png_bytes(np.full((20, 20), 50 * number, np.uint8)))
    plan = plan_of(folder, Wanted(pixels=True, text=TextRule.KEEP))

    def kill(outcome: Outcome) -> None:
        raise Killed

    with pytest.raises(Killed):
        run_extraction(plan, kill)
    put(folder, "0.png", png_bytes(np.full((20, 20), 200, np.uint8)))
    assert run(plan).resumed == 1
    with h5py.File(folder / "pixels.h5") as file:
        found = {name: int(file[name][0, 0]) for name in file}
    assert found == {"0.png": 200, "1.png": 50, "2.png": 100, "3.png": 150}


def test_a_kept_key_gives_the_same_pseudonyms_again(folder: Path) -> None:
    put(folder, "a.dcm", dicom_bytes(PIXELS))
    key = folder / "secret"
    plan = plan_of(folder, Wanted(metadata=True), with_identity=False, key_file=key)
    run(plan)
    first = rows(folder / "metadata.csv")
    assert key.stat().st_mode & 0o777 == 0o600
    (folder / "metadata.csv").unlink()
    run(plan)
    assert rows(folder / "metadata.csv") == first
    (folder / "metadata.csv").unlink()
    run(replace(plan, key_file=None))
    assert rows(folder / "metadata.csv") != first
    (folder / "metadata.csv").unlink()
    key.write_text("no key")
    with pytest.raises(KeyUnreadable):
        run(plan)


def test_a_changed_file_is_read_again(folder: Path) -> None:
    path = put(folder, "a.dcm", dicom_bytes(PIXELS))
    (before,) = find_jobs((folder / "in",), None)
    os.utime(path, ns=(1, 1))
    (after,) = find_jobs((folder / "in",), None)
    assert before.stamp != after.stamp


def die(job: object, wanted: Wanted, pieces: Path) -> Outcome:
    """A worker that a file kills, if it is the one named so."""
    if job.name == "killer.dcm":
        os.kill(os.getpid(), signal.SIGKILL)
    return pool_work(job, wanted, pieces)


pool_work = pool._bounded


def test_a_file_that_kills_its_process_is_found_and_the_others_are_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_bounded", die)
    for number, name in enumerate(("a.dcm", "b.dcm", "killer.dcm", "x.dcm", "y.dcm", "z.dcm")):
        put(folder, name, dicom_bytes(PIXELS, SOPInstanceUID=uid(number)))
    summary = run(plan_of(folder, Wanted(metadata=True), workers=2))
    assert summary.codes == {"decoder_crashed": 1}
    assert summary.done == 5
    assert rows(folder / "errors.csv")[0]["file"] == "killer.dcm"
