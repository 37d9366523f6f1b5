"""Identity, study and warnings out of header bytes, with the names of PS3.5 H and I."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydicom.dataset import Dataset

from cases.dicom.dicom_cautions import is_another_part
from cases.dicom.reader import decode
from cases.dicom.types import ImageFacts, Limits
from tests.cases.dicom import factories as make


def facts_of(**overrides: Any) -> ImageFacts:
    return decode(make.dicom_bytes(**overrides), Limits()).facts


def with_raw_name(charset: str, name: bytes) -> str:
    """The name read from a file that holds exactly these bytes."""
    dataset = make.dicom_dataset(PatientName=None)
    dataset.add_new("PatientComments", "LT", "")
    data = make.written(dataset)
    at = data.index(b"\x08\x00\x16\x00UI")
    element = make.element_bytes(
        (0x0008, 0x0005), b"CS", charset.encode() + b" " * (len(charset) % 2)
    )
    data = data[:at] + element + data[at:]
    at = data.index(b"\x10\x00\x20\x00LO")
    name += b" " * (len(name) % 2)
    data = data[:at] + make.element_bytes((0x0010, 0x0010), b"PN", name) + data[at:]
    return decode(data, Limits()).facts.identity.patient_name


# --- names and character sets -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charset", "name", "expected"),
    [
        ("ISO_IR 100", "Äneas^Rüdiger".encode("latin-1"), "Äneas Rüdiger"),
        ("ISO_IR 192", "Müßig^Jörg".encode(), "Müßig Jörg"),
        ("ISO_IR 192", "Wang^XiaoDong=王^小东".encode(), "Wang XiaoDong (王 小东)"),
        (
            "\\ISO 2022 IR 149",
            b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7="
            b"\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
            "Hong Gildong (洪 吉洞)",
        ),
        (
            "\\ISO 2022 IR 87",
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
            "Yamada Tarou (山田 太郎)",
        ),
        (
            "ISO 2022 IR 13\\ISO 2022 IR 87",
            b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J="
            b"\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
            "ﾔﾏﾀﾞ ﾀﾛｳ (山田 太郎)",
        ),
        ("ISO_IR 192", "=山田^太郎".encode(), "山田 太郎"),
        ("ISO_IR 192", b"Adams^John^Robert^Rev.^B.A.", "Adams John Robert B.A."),
    ],
)
def test_names_are_readable_in_every_character_set(
    charset: str, name: bytes, expected: str
) -> None:
    assert with_raw_name(charset, name) == expected


def test_an_unknown_character_set_refuses_nothing() -> None:
    assert with_raw_name("ISO_IR 999", b"Doe^Jane") == "Doe Jane"


def test_hostile_text_is_kept_as_text_without_control_characters() -> None:
    name = "<script>alert(1)</script>^\u202eevil\x00\x1b\x07" + "x" * 500
    read = with_raw_name("ISO_IR 192", name.encode())
    assert read.startswith("<script>alert(1)</script> evil")
    assert len(read) <= 200
    assert read.isprintable()


# --- identity and study --------------------------------------------------------------------------


def test_identity_and_study() -> None:
    facts = facts_of(
        Manufacturer="Maker",
        StudyDescription="Thorax",
        ImageLaterality="L",
        BurnedInAnnotation="NO",
    )
    assert facts.identity.patient_id == "MRN-1"
    assert facts.identity.birth_date == date(1964, 8, 12)
    assert facts.identity.sex == "F"
    study = facts.study
    assert (study.modality, study.body_part, study.view_position) == ("CR", "CHEST", "PA")
    assert (study.study_date, study.accession_number) == (date(2024, 2, 29), "A1")
    assert (study.manufacturer, study.study_description) == ("Maker", "Thorax")
    assert (study.laterality, study.burned_in, study.age_years) == ("L", "NO", 59)
    assert study.sop_instance_uid == make.SOP_INSTANCE_UID
    assert facts.warnings == ()


@pytest.mark.parametrize(
    ("overrides", "years"),
    [
        ({"PatientAge": "081Y"}, 81),
        ({"PatientAge": "023M"}, 1),
        ({"PatientAge": "010W"}, 0),
        ({"PatientAge": "300D"}, 0),
        ({"PatientAge": "413Y"}, None),
        ({"StudyDate": "20240812"}, 60),
        ({"StudyDate": "20240811"}, 59),
        ({"StudyDate": None}, None),
        ({"PatientBirthDate": "20250101"}, None),
        ({"PatientBirthDate": None}, None),
    ],
)
def test_age(overrides: dict[str, Any], years: int | None) -> None:
    assert facts_of(**overrides).study.age_years == years


def test_impossible_values_count_as_absent() -> None:
    data = make.dicom_bytes().replace(b"19640812", b"19641332").replace(b"20240229", b"20230229")
    facts = decode(data, Limits()).facts
    assert facts.identity.birth_date is None
    assert facts.study.study_date is None
    assert facts_of(PatientSex="X").identity.sex == ""


def test_the_view_may_stand_as_a_code() -> None:
    view = Dataset()
    view.CodeValue, view.CodingSchemeDesignator, view.CodeMeaning = (
        "399173006",
        "SCT",
        "left lateral",
    )
    facts = facts_of(ViewPosition=None, ViewCodeSequence=[view])
    assert facts.study.view_position == "LL"
    assert facts.warns("lateral_view")


# --- warnings ------------------------------------------------------------------------------------


def coded(value: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "CANINE THORAX"
    return item


@pytest.mark.parametrize(
    ("overrides", "codes"),
    [
        ({"BurnedInAnnotation": "YES"}, ["burned_in"]),
        ({"LossyImageCompression": "01"}, ["lossy"]),
        ({"BodyPartExamined": "HIP"}, ["not_a_chest"]),
        ({"BodyPartExamined": ""}, []),
        ({"ViewPosition": "LL"}, ["lateral_view"]),
        ({"ViewPosition": "LATERAL"}, ["lateral_view"]),
        ({"ViewPosition": "LLD"}, []),
        ({"PatientAge": "017Y"}, ["child"]),
        ({"PatientAge": "018Y"}, []),
        ({"PatientID": None}, ["no_identity"]),
        ({"PatientID": "  "}, ["no_identity"]),
        ({"PatientSpeciesDescription": "Canis lupus familiaris"}, ["not_human"]),
        ({"PatientSpeciesDescription": "Homo sapiens"}, []),
        ({"PatientSpeciesCodeSequence": [coded("448771007")]}, ["not_human"]),
        ({"PatientSpeciesCodeSequence": [coded("337915000")]}, []),
        ({"PatientBreedDescription": "Beagle"}, ["not_human"]),
        ({"ResponsiblePersonRole": "OWNER"}, ["not_human"]),
        ({"ResponsiblePersonRole": "PARENT"}, []),
        ({"AcquisitionDeviceProcessingDescription": "CANINE LATERAL THORAX"}, ["not_human"]),
        ({"PerformedProtocolCodeSequence": [coded("1")]}, ["not_human"]),
        ({"PatientName": "Dog^Canine"}, []),
    ],
)
def test_warnings(overrides: dict[str, Any], codes: list[str]) -> None:
    warnings = facts_of(**overrides).warnings
    assert [warning.code for warning in warnings] == codes
    assert all(warning.message for warning in warnings)


@pytest.mark.parametrize(
    "part", ["", "CHEST", "Thorax", "LUNG", "RIB", "RIBS", "CHESTABDOMEN", "UNKNOWN", "PORT CHEST"]
)
def test_parts_that_are_or_may_be_the_chest(part: str) -> None:
    assert not is_another_part(part)


@pytest.mark.parametrize("part", ["HIP", "EXTREMITY", "KNEE", "SKULL", "TSPINE", "THORACIC SPINE"])
def test_parts_that_are_not_the_chest(part: str) -> None:
    assert is_another_part(part)
