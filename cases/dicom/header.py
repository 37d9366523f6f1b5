"""Identity and study facts out of a DICOM header."""

from __future__ import annotations

import re
from datetime import date
from typing import cast

from pydicom.dataset import Dataset

from cases.dicom import elements
from cases.dicom.types import Identity, Sex, StudyFacts

MAX_AGE_YEARS = 130
_UID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+", re.ASCII)
_AGE = re.compile(r"(\d{1,3})([DWMY]?)")
_UNITS_IN_A_YEAR = {"": 1.0, "Y": 1.0, "M": 12.0, "W": 52.18, "D": 365.25}
# View Code Sequence (0054,0220), CID 4010: SNOMED CT and the older SNOMED-RT codes.
_VIEWS = {
    "272479007": "PA",
    "R-10214": "PA",
    "399348003": "AP",
    "R-10206": "AP",
    "399173006": "LL",
    "R-10236": "LL",
    "399198007": "RL",
    "R-10232": "RL",
    "399067008": "LATERAL",
}


def is_uid(text: str) -> bool:
    """Whether it is a valid UID of at most 64 characters. Source: DICOM PS3.5 9.1."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None


def read_identity(dataset: Dataset) -> Identity:
    """Who the header says it is; what is absent or impossible is empty."""
    sex = elements.code(dataset, "PatientSex")
    return Identity(
        patient_id=elements.text(dataset, "PatientID"),
        patient_name=elements.person_name(dataset, "PatientName"),
        birth_date=elements.day(dataset, "PatientBirthDate"),
        sex=cast(Sex, sex if sex in ("M", "F", "O") else ""),
    )


def read_study(dataset: Dataset, transfer_syntax_uid: str) -> StudyFacts:
    """Study, series, instance and view; a UID that is no valid one is left empty."""
    text = elements.text
    study_date = _first_day(dataset, "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
    return StudyFacts(
        study_instance_uid=_uid(dataset, "StudyInstanceUID"),
        series_instance_uid=_uid(dataset, "SeriesInstanceUID"),
        sop_instance_uid=_uid(dataset, "SOPInstanceUID"),
        sop_class_uid=_uid(dataset, "SOPClassUID"),
        transfer_syntax_uid=transfer_syntax_uid,
        accession_number=text(dataset, "AccessionNumber"),
        study_date=study_date,
        study_description=text(dataset, "StudyDescription"),
        modality=elements.code(dataset, "Modality"),
        body_part=_body_part(dataset),
        view_position=_view_position(dataset),
        laterality=elements.code(dataset, "ImageLaterality")
        or elements.code(dataset, "Laterality"),
        manufacturer=text(dataset, "Manufacturer"),
        age_years=_age_years(dataset, study_date),
        patient_orientation="\\".join(elements.texts(dataset, "PatientOrientation")),
        burned_in=elements.code(dataset, "BurnedInAnnotation"),
    )


def _uid(dataset: Dataset, keyword: str) -> str:
    found = elements.text(dataset, keyword)
    return found if is_uid(found) else ""


def _first_day(dataset: Dataset, *keywords: str) -> date | None:
    days = (elements.day(dataset, keyword) for keyword in keywords)
    return next((day for day in days if day), None)


def _body_part(dataset: Dataset) -> str:
    named = elements.code(dataset, "BodyPartExamined")
    regions = elements.items(dataset, "AnatomicRegionSequence")
    return named or (elements.code(regions[0], "CodeMeaning") if regions else "")


def _view_position(dataset: Dataset) -> str:
    named = elements.code(dataset, "ViewPosition")
    codes = elements.items(dataset, "ViewCodeSequence")
    return named or (_VIEWS.get(elements.code(codes[0], "CodeValue"), "") if codes else "")


def _age_years(dataset: Dataset, study_date: date | None) -> int | None:
    """Patient's Age, else from the birth date on the day of the study. A bare number is years."""
    match = _AGE.fullmatch(elements.code(dataset, "PatientAge"))
    if match:
        years = int(int(match[1]) / _UNITS_IN_A_YEAR[match[2]])
        return years if years <= MAX_AGE_YEARS else None
    born = elements.day(dataset, "PatientBirthDate")
    if born is None or study_date is None:
        return None
    before = (study_date.month, study_date.day) < (born.month, born.day)
    years = study_date.year - born.year - before
    return years if 0 <= years <= MAX_AGE_YEARS else None
