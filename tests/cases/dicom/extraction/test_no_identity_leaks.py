"""Texts planted in every place of a file that can hold one occur in no output's raw bytes."""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from pathlib import Path

import h5py
import numpy as np
import pydicom
import pytest
from PIL import ExifTags, Image
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cases.dicom.extraction.attributes import ATTRIBUTES
from cases.dicom.extraction.run import Plan, run_extraction
from cases.dicom.extraction.types import Wanted
from tests.cases.dicom.factories import (
    IMPLICIT_LE,
    chest_pixels,
    dicom_dataset,
    png_bytes,
    written,
)

PLANTED = "ZQXPLANT"
DATE, TIME = "19770607", "071318.661313"
NUMBER_UID = "1.2.826.0.1.77.66613"
TEXT_VRS = frozenset(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"))
BYTE_VRS = frozenset(("OB", "OW", "UN", "OB or OW"))
NOT_PLANTED = frozenset(row.keyword for row in ATTRIBUTES if row.module == "Image Pixel") | {
    "Modality",
    "SOPClassUID",
    "SOPInstanceUID",
    "SpecificCharacterSet",
    "PresentationIntentType",
    "PixelData",
    "FloatPixelData",
    "DoubleFloatPixelData",
}


def planted_value(vr: str, serial: int) -> object | None:
    text = f"{PLANTED}{serial:05d}"[:16]
    if vr in TEXT_VRS:
        return text
    if vr in BYTE_VRS:
        return text.encode() + b"\0" * (len(text) % 2)
    return {"DA": DATE, "TM": TIME, "DT": DATE + TIME, "UI": NUMBER_UID, "AS": "066Y"}.get(vr)


def fill(dataset: Dataset, depth: int = 0) -> None:
    """A value in each element of the standard's dictionary that can hold a text, a date, a UID."""
    serial = itertools.count()
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        group = tag >> 16
        if group in (0x0000, 0x0002, 0xFFFE) or not keyword or keyword in NOT_PLANTED:
            continue
        if vr == "SQ" and depth == 0:
            item = Dataset()
            if keyword in ("OriginalAttributesSequence", "RequestAttributesSequence"):
                fill(item, 1)
            item.add_new(0x00080104, "LO", PLANTED)
            item.add_new(0x00080100, "SH", PLANTED)
            item.add_new(0x00400275, "SQ", Sequence([Dataset()]))
            item[0x00400275].value[0].add_new(0x00100010, "PN", PLANTED)
            dataset.add_new(tag, "SQ", Sequence([item]))
            continue
        value = planted_value(vr, next(serial))
        if value is not None:
            dataset.add_new(tag, vr.split()[0], value)


def planted_dicom(syntax: str) -> bytes:
    dataset = dicom_dataset(chest_pixels(96, 80), StudyDate=DATE, BurnedInAnnotation="NO")
    fill(dataset)
    for name, vr in (("KVP", "DS"), ("SeriesNumber", "IS")):
        dataset.add_new(name, vr, "")
        dataset[name]._value = PLANTED  # such files exist, pydicom would not write them
    for group in (0x0009, 0x0011, 0x0029):
        block = dataset.private_block(group, PLANTED, create=True)
        block.add_new(1, "LO", PLANTED)
        block.add_new(2, "UN", PLANTED.encode())
        nested = Dataset()
        nested.PatientName = PLANTED
        block.add_new(3, "SQ", Sequence([nested]))
    for group in (0x6000, 0x601E):
        dataset.add_new((group, 0x0010), "US", 96)
        dataset.add_new((group, 0x0011), "US", 80)
        dataset.add_new((group, 0x0022), "LO", PLANTED)
        dataset.add_new((group, 0x3000), "OW", (PLANTED * 120).encode())
    dataset.add_new((0x5000, 0x2500), "LO", PLANTED)
    dataset.add_new((0x5000, 0x3000), "OW", PLANTED.encode())
    dataset.add_new((0xFFFC, 0xFFFC), "OB", PLANTED.encode())
    dataset.PixelData = dataset.PixelData + PLANTED.encode() * 2  # behind the last pixel
    with pydicom.config.disable_value_validation():
        data = written(dataset, syntax, b"II*\0" + PLANTED.encode().ljust(124, b"\0"))
    meta_end = data.index(struct.pack("<HH", 0x0002, 0x0010))
    more = struct.pack("<HH2sH", 2, 0x0016, b"AE", len(PLANTED)) + PLANTED.encode()
    length = struct.unpack_from("<L", data, 140)[0] + len(more)
    data = data[:140] + struct.pack("<L", length) + data[144:meta_end] + more + data[meta_end:]
    return data


def planted_png() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = PLANTED
    text = b"tEXt", b"Patient\0" + PLANTED.encode()
    packed = b"zTXt", b"Patient\0\0" + zlib.compress(PLANTED.encode())
    chunks = [text, packed, (b"eXIf", exif.tobytes()[6:])]
    return png_bytes(chest_pixels(96, 80, bits=8), chunks=chunks) + PLANTED.encode()


def planted_jpeg() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = PLANTED
    buffer = io.BytesIO()
    picture = Image.fromarray(chest_pixels(96, 80, bits=8))
    picture.save(buffer, "JPEG", exif=exif, comment=PLANTED.encode())
    return buffer.getvalue() + PLANTED.encode()


def raw_forms(path: Path) -> list[bytes]:
    """The bytes of a file, and what its compressed parts unpack to."""
    raw = [path.read_bytes()]
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            raw += [file[key][()].tobytes() for key in file]
    if path.suffix == ".png":
        raw.append(np.asarray(Image.open(path)).tobytes())
    return raw


def needles() -> list[bytes]:
    texts = (PLANTED, "Muster", "Erika", "MRN-1", NUMBER_UID, "1.2.826.0.1.1", DATE, TIME, "066Y")
    codings = ("utf-8", "utf-16-le", "utf-16-be")
    return [text.encode(coding) for text in texts[:-1] for coding in codings]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, out = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out")
    (source / PLANTED).mkdir()
    (source / PLANTED / f"{PLANTED}.dcm").write_bytes(planted_dicom("1.2.840.10008.1.2.1"))
    implicit = planted_dicom(IMPLICIT_LE).replace(
        b"1.2.826.0.1.3680043.10.1.1", b"1.2.826.0.1.3680043.10.1.2"
    )
    (source / f"{PLANTED}2.dcm").write_bytes(implicit)
    (source / f"{PLANTED}.png").write_bytes(planted_png())
    (source / f"{PLANTED}.jpg").write_bytes(planted_jpeg())
    (source / f"{PLANTED}.broken").write_bytes(planted_dicom(IMPLICIT_LE)[:-40_000])
    summary = run_extraction(
        Plan(
            sources=(source,),
            wanted=Wanted(True, True, True, True, True),
            errors_csv=out / "errors.csv",
            metadata_csv=out / "metadata.csv",
            pixels_h5=out / "pixels.h5",
            features_csv=out / "features.csv",
            png_dir=out / "png",
            dicom_dir=out / "dicom",
        ),
        lambda outcome: None,
    )
    assert (summary.done, summary.failed) == (4, 1), summary
    return out


def test_the_planted_files_hold_what_is_looked_for() -> None:
    for syntax in ("1.2.840.10008.1.2.1", IMPLICIT_LE):
        data = planted_dicom(syntax)
        assert data.count(PLANTED.encode()) > 2000
        assert DATE.encode() in data
        assert NUMBER_UID.encode() in data


def test_nothing_planted_is_in_any_output(outputs: Path) -> None:
    files = [path for path in outputs.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".csv", ".h5", ".png", ".dcm"}
    found = [
        (path.name, needle)
        for path in files
        for raw in raw_forms(path)
        for needle in needles()
        if needle.lower() in raw.lower()
    ]
    assert not found


def test_no_name_of_an_output_names_anyone(outputs: Path) -> None:
    assert not [path for path in outputs.rglob("*") if PLANTED in path.name]


def test_the_secret_and_the_work_folder_are_gone(outputs: Path) -> None:
    assert not [path for path in outputs.iterdir() if path.name.startswith(".")]


def test_the_new_dicom_holds_no_element_that_is_not_in_the_table(outputs: Path) -> None:
    for path in (outputs / "dicom").iterdir():
        made = pydicom.dcmread(path)
        assert made.preamble == bytes(128)
        assert not [element for element in made if element.tag.is_private]
        assert not [element for element in made if element.tag.group in (0x5000, 0x6000, 0xFFFC)]
