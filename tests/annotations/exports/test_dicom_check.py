"""What the self-check says of a DICOM file in a release, and how the search reads it."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from annotations.exports.dicom_check import dicom_problem, header_bytes
from annotations.exports.phi_scan import PhiScan
from annotations.exports.read_back import ReadImage
from cases.dicom.extraction.dicom_writer import dicom_content
from cases.dicom.reader import decode
from cases.dicom.types import Limits
from tests.support.phantoms import phantom_bytes

COLUMNS, ROWS = 440, 512


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    data = phantom_bytes(1)
    path = tmp_path / "a.dcm"
    source = tmp_path / "source"
    source.write_bytes(data)
    path.write_bytes(dicom_content(pydicom.dcmread(source), decode(data, Limits()), bytes(32), "p"))
    source.unlink()
    return path


def told(path: Path, **changes: object) -> ReadImage:
    patient = str(pydicom.dcmread(path).PatientID)
    values = {"width_px": COLUMNS, "height_px": ROWS, "patient": patient} | changes
    return ReadImage(key="a", file_name="a.dcm", split="", **values)  # type: ignore[arg-type]


def test_our_own_file_is_sound(sound: Path) -> None:
    assert dicom_problem(sound, told(sound)) == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"patient": "Pother"}, "another patient"), ({"width_px": 9}, "another size")],
)
def test_a_file_that_disagrees_with_its_tables_is_said(sound: Path, changes, words: str) -> None:
    assert words in dicom_problem(sound, told(sound, **changes))


def altered(path: Path, change) -> Path:
    found = pydicom.dcmread(path)
    change(found)
    found.save_as(path)
    return path


def private(found: Dataset) -> None:
    found.private_block(0x0011, "Maker", create=True).add_new(1, "LO", "x")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda found: setattr(found, "PatientIdentityRemoved", "NO"), "identity was removed"),
        (private, "private"),
        (lambda found: found.add_new(0x60000040, "CS", "G"), "overlays"),
    ],
)
def test_a_file_with_hiding_places_is_said(sound: Path, change, words: str) -> None:
    said = told(sound)
    assert words in dicom_problem(altered(sound, change), said)


def test_what_is_no_dicom_cannot_be_read_back(sound: Path) -> None:
    said = told(sound)
    sound.write_bytes(b"no DICOM")
    assert dicom_problem(sound, said) == "cannot be read back"


def test_short_names_are_searched_in_the_header_and_not_in_the_pixels(sound: Path) -> None:
    end = header_bytes(sound)
    assert end == sound.stat().st_size - 2 * ROWS * COLUMNS - 12
    data = bytearray(sound.read_bytes())
    data[end + 100 : end + 106] = b" anna "
    sound.write_bytes(bytes(data))
    assert list(PhiScan(["Anna"]).folder(sound.parent)) == []
    altered(sound, lambda found: setattr(found, "StudyDescription", "Anna"))
    assert [hit.file for hit in PhiScan(["Anna"]).folder(sound.parent)] == ["a.dcm"]


def test_long_texts_are_searched_in_the_pixels_too(sound: Path) -> None:
    data = bytearray(sound.read_bytes())
    data[-40:-29] = b"Anna Muster"
    sound.write_bytes(bytes(data))
    assert [hit.file for hit in PhiScan(["Anna Muster"]).folder(sound.parent)] == ["a.dcm"]
