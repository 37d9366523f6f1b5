"""A DICOM validator finds no fault in a release that the originals did not have."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.sequence import Sequence

from annotations.releases.filters import ReleaseFilters
from tests.annotations.releases.test_build import build, members
from tests.cases.dicom.factories import (
    DX_CLASS,
    JPEG_LS,
    SECONDARY_CAPTURE,
    chest_pixels,
    dicom_bytes,
    lut_item,
    png_bytes,
)
from tests.support.people import make_patient
from tests.support.phantoms import phantom_bytes
from tests.support.readings import read_case, sign

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed"),
]
DX = {"SOPClassUID": DX_CLASS, "Modality": "DX", "PresentationIntentType": "FOR PRESENTATION"}


def originals() -> dict[tuple[int, int], bytes]:
    """By rows and columns, which no two share: names and UIDs do not survive a release."""

    def synthetic(columns: int, *, signed: bool = False, syntax: str = "", **says: object) -> bytes:
        pixels = chest_pixels(256, columns)
        pixels = (pixels.astype(np.int16) - 2048) if signed else pixels
        uids = {f"{name}InstanceUID": f"1.2.826.0.1.{n}.{columns}" for n, name in enumerate(UIDS)}
        options = {"syntax": syntax} if syntax else {}
        return dicom_bytes(pixels, PatientID=f"V{columns}", **options, **uids, **says)

    made = {
        (512, 440): phantom_bytes(1, mrn="V440"),
        (256, 220): synthetic(220),
        (256, 221): synthetic(221, **DX),
        (256, 222): synthetic(222, SOPClassUID=SECONDARY_CAPTURE, ConversionType="DRW"),
        (256, 223): synthetic(223, syntax=JPEG_LS, PhotometricInterpretation="MONOCHROME1"),
        (256, 224): synthetic(224, signed=True, PixelPaddingValue=-2048),
        (256, 225): synthetic(
            225,
            ModalityLUTSequence=Sequence([lut_item(0, 12, range(4096))]),
            VOILUTSequence=Sequence([lut_item(0, 8, [n // 16 for n in range(4096)])]),
        ),
        (256, 226): synthetic(
            226, WindowCenter="2000", WindowWidth="4000", PixelSpacing=["0.2", "0.2"],
            ImagerPixelSpacing=["0.2", "0.2"], BodyPartExamined="CHEST", PatientAge="095Y",
        ),
        (256, 227): png_bytes(chest_pixels(256, 227, bits=8)),
    }  # fmt: skip
    return made


UIDS = ("SOP", "Study", "Series")


def faults(content: bytes, folder: Path) -> set[str]:
    """What the validator calls an error, without the UIDs in it."""
    path = folder / "judged.dcm"
    path.write_bytes(content)
    told = subprocess.run(
        ["dciodvfy", str(path)], capture_output=True, text=True, errors="replace", check=False
    )
    assert told.stderr, "it says at least which kind of object it is"
    lines = (line for line in told.stderr.splitlines() if line.startswith("Error"))
    return {re.sub(r"\b[0-2](\.\d+){3,}", "UID", line) for line in lines}


def test_a_dicom_release_has_no_fault_that_the_originals_did_not_have(
    department, clinician, researcher, tmp_path: Path
) -> None:
    files = originals()
    for (_, columns), content in files.items():
        born = date(1960, 1, 31) if columns == 440 else date(1964, 8, 12)
        patient = make_patient(
            department, mrn=f"V{columns}", birth_date=born, research_consent=True
        )
        case = read_case(department, clinician, patient=patient, content=content)
        sign(case, clinician, no_finding=True)
    release = build(researcher, department, filters=ReleaseFilters(images="dicom"))
    assert (release.state, release.message) == ("DONE", "")
    found = {}
    for name, content in members(release).items():
        if name.endswith(".dcm"):
            header = pydicom.dcmread(BytesIO(content), stop_before_pixels=True)
            found[header.Rows, header.Columns] = faults(content, tmp_path)
    assert found.keys() == files.keys()
    for shape, content in files.items():
        before = set() if content.startswith(b"\x89PNG") else faults(content, tmp_path)
        assert sorted(found[shape] - before) == [], shape
