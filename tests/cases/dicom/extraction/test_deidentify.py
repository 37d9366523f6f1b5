"""What leaves an extraction says nothing of who it was."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import date
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cases.dicom.extraction.attributes import ATTRIBUTES
from cases.dicom.extraction.deidentify import (
    HeaderCleaner,
    Pseudonyms,
    number_text,
    patient_of,
)
from cases.dicom.extraction.dicom_writer import dicom_content
from cases.dicom.extraction.errors import KeyTooShort
from cases.dicom.reader import decode
from cases.dicom.types import Limits
from tests.cases.dicom.factories import (
    DX_CLASS,
    SECONDARY_CAPTURE,
    chest_pixels,
    dicom_bytes,
    dicom_dataset,
    lut_item,
)

KEY = bytes(range(32))
ROWS = {row.keyword: row for row in ATTRIBUTES}


def cleaned(keyword: str, **overrides: object) -> tuple[str, ...]:
    return HeaderCleaner(dicom_dataset(**overrides), Pseudonyms(KEY)).values(ROWS[keyword])


def rewritten(**overrides: object) -> Dataset:
    data = dicom_bytes(**overrides)
    original = pydicom.dcmread(io.BytesIO(data))
    return pydicom.dcmread(io.BytesIO(dicom_content(original, decode(data, Limits()), KEY)))


def test_a_short_key_is_refused() -> None:
    with pytest.raises(KeyTooShort):
        Pseudonyms(b"x" * 31)


def test_the_same_uid_is_mapped_to_the_same_valid_uid_and_by_another_key_to_another() -> None:
    one = Pseudonyms(KEY).uid("1.2.3")
    assert one == Pseudonyms(KEY).uid("1.2.3")
    assert one.startswith("2.25.")
    assert len(one) <= 64
    assert one not in (Pseudonyms(KEY).uid("1.2.4"), Pseudonyms(bytes(32)).uid("1.2.3"))


def test_all_dates_of_a_patient_move_by_the_same_days() -> None:
    study = cleaned("StudyDate", StudyDate="20240229")
    series = cleaned("SeriesDate", StudyDate="20240229", SeriesDate="20240301")
    (first,), (second,) = study, series
    days = date.fromisoformat(second) - date.fromisoformat(first)
    assert days.days == 1
    assert 1 <= (date(2024, 2, 29) - date.fromisoformat(first)).days <= 365


@pytest.mark.parametrize(("said", "kept"), [("089Y", "089Y"), ("090Y", "090Y"), ("103Y", "090Y")])
def test_ages_over_89_are_pooled(said: str, kept: str) -> None:
    assert cleaned("PatientAge", PatientAge=said) == (kept,)


def test_the_age_is_told_also_where_only_the_birth_date_told_it() -> None:
    assert cleaned("PatientAge", PatientBirthDate="19640812", StudyDate="20240229") == ("059Y",)


def test_a_term_passes_only_where_it_is_a_listed_one() -> None:
    assert cleaned("ViewPosition", ViewPosition="PA") == ("PA",)
    assert cleaned("ViewPosition", ViewPosition="MUSTER") == ()
    assert cleaned("ImageType", ImageType=["MUSTER", "PRIMARY"]) == ("", "PRIMARY")
    assert cleaned("ImageType", ImageType=["ORIGINAL", "MUSTER", "AXIAL"]) == ("ORIGINAL",)


def test_a_number_is_written_afresh() -> None:
    assert cleaned("KVP", KVP="125.0") == ("125",)
    assert number_text(1 / 3) == "0.33333333333333"
    assert number_text(-1e-7) == "-1e-07"
    assert number_text(float("inf")) == number_text(1e16) == ""


def test_a_maker_passes_only_by_its_known_name() -> None:
    assert cleaned("Manufacturer", Manufacturer="FUJI PHOTO FILM, ward of Dr Muster") == (
        "Fujifilm",
    )
    assert cleaned("Manufacturer", Manufacturer="Muster") == ()


def test_patients_with_one_id_of_two_issuers_are_two() -> None:
    one, other = dicom_dataset(IssuerOfPatientID="A"), dicom_dataset(IssuerOfPatientID="B")
    assert patient_of(one) != patient_of(other)


def test_without_an_id_name_and_birth_date_tell_the_patient_and_else_the_study() -> None:
    assert patient_of(dicom_dataset(PatientID="")) == "name\0Muster Erika\x0019640812"
    nobody = dicom_dataset(PatientID="", PatientName="")
    assert patient_of(nobody) == "study\x001.2.826.0.1.1"


def test_the_new_file_states_what_was_done() -> None:
    made = rewritten()
    assert made.PatientIdentityRemoved == "YES"
    codes = [item.CodeValue for item in made.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113107", "113108"]
    assert made.LongitudinalTemporalInformationModified == "MODIFIED"
    assert made.PatientName == made.PatientID == Pseudonyms(KEY).patient("id\0\0MRN-1")
    assert made.file_meta.MediaStorageSOPInstanceUID == made.SOPInstanceUID
    assert made.PatientBirthDate == made.AccessionNumber == ""


@pytest.mark.parametrize("signed", [False, True])
def test_the_new_file_has_the_same_grey_values(signed: bool) -> None:
    pixels = chest_pixels()
    pixels = (pixels.astype(np.int32) - 2048).astype(np.int16) if signed else pixels
    data = dicom_bytes(
        pixels,
        PhotometricInterpretation="MONOCHROME1",
        RescaleSlope="2",
        RescaleIntercept="-100",
        PixelPaddingValue=3,
        WindowCenter=["1000", "300"],
        WindowWidth=["2000", "700"],
    )
    before = decode(data, Limits())
    original = pydicom.dcmread(io.BytesIO(data))
    after = decode(dicom_content(original, before, KEY), Limits())
    np.testing.assert_array_equal(before.stored, after.stored)
    assert before.facts.grid == after.facts.grid
    assert before.facts.pixel_sha256 == after.facts.pixel_sha256


def test_lookup_tables_are_written_from_what_was_understood() -> None:
    data = dicom_bytes(
        ModalityLUTSequence=Sequence([lut_item(0, 12, range(0, 4096))]),
        VOILUTSequence=Sequence([lut_item(0, 8, [n // 16 for n in range(4096)])]),
    )
    before = decode(data, Limits())
    original = pydicom.dcmread(io.BytesIO(data))
    after = decode(dicom_content(original, before, KEY), Limits())
    assert before.facts.grid == after.facts.grid


def test_view_codes_keep_their_meaning_in_our_words() -> None:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = "399348003", "SCT"
    item.CodeMeaning = "AP, for Dr Muster"
    made = rewritten(ViewCodeSequence=Sequence([item]))
    assert made.ViewCodeSequence[0].CodeMeaning == "antero-posterior"


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed")
@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"SOPClassUID": DX_CLASS, "Modality": "DX", "PresentationIntentType": "FOR PRESENTATION"},
        {"SOPClassUID": SECONDARY_CAPTURE, "PatientSex": None, "StudyDate": None},
    ],
    ids=["CR", "DX", "SC"],
)
def test_a_validator_finds_nothing_that_identity_took_along(
    tmp_path: Path, overrides: dict[str, object]
) -> None:
    """A DX image needs facts of the exposure that the original here does not state either."""
    data = dicom_bytes(**overrides)
    original = pydicom.dcmread(io.BytesIO(data))
    path = tmp_path / "a.dcm"
    path.write_bytes(dicom_content(original, decode(data, Limits()), KEY))
    told = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    errors = [line for line in told.stderr.splitlines() if line.startswith("Error")]
    if overrides.get("Modality") == "DX":
        missing = ("PixelIntensityRelationship", "ImageType", "PresentationLUTShape")
        missing += ("ImageLaterality", "LossyImageCompression", "BurnedInAnnotation", "Detector")
        missing += ("VOILUT", "WindowCenter", "ImagerPixelSpacing", "PatientOrientation")
        errors = [line for line in errors if not any(name in line for name in missing)]
    assert not errors


def test_an_overlay_in_the_unused_bits_of_the_pixels_is_gone() -> None:
    pixels = chest_pixels()
    data = dicom_bytes(pixels | np.uint16(0xA000))
    original = pydicom.dcmread(io.BytesIO(data))
    made = pydicom.dcmread(io.BytesIO(dicom_content(original, decode(data, Limits()), KEY)))
    np.testing.assert_array_equal(np.frombuffer(made.PixelData, "<u2"), pixels.reshape(-1))


def test_files_without_patient_and_study_are_each_somebody_else() -> None:
    nobody = {"PatientID": "", "PatientName": "", "StudyInstanceUID": ""}
    one, other = dicom_dataset(**nobody), dicom_dataset(**nobody, SOPInstanceUID="1.2.3")
    assert patient_of(one) != patient_of(other)
