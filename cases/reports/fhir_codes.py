"""Codes and bound value sets of the FHIR bundle.

Sources: FHIR 4.3.0 for the value sets; DICOM PS3.16 CID 7001 and HL7 Europe's Imaging Report for
the sections; CID 7469, 12304 and 12303 for what is measured, CID 7181 and 7183 for units.
"""

from __future__ import annotations

from enum import StrEnum

from cases.reports.content import Laterality, Sex

SNOMED, RADLEX = "http://snomed.info/sct", "http://radlex.org"
LOINC, DICOM_UID = "http://loinc.org", "urn:dicom:uid"
MODALITY = "http://dicom.nema.org/resources/ontology/DCM"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
ROLE = "http://terminology.hl7.org/CodeSystem/v2-0074"
TAGS = "http://terminology.hl7.org/CodeSystem/v3-ActReason"


class ReportStatus(StrEnum):
    """Of the value set diagnostic-report-status."""

    FINAL = "final"
    AMENDED = "amended"


class ObservationStatus(StrEnum):
    """Of the value set observation-status."""

    FINAL = "final"


class StudyStatus(StrEnum):
    """Of the value set imagingstudy-status."""

    AVAILABLE = "available"


class Gender(StrEnum):
    """Of the value set administrative-gender."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


GENDERS = {
    Sex.MALE: Gender.MALE,
    Sex.FEMALE: Gender.FEMALE,
    Sex.OTHER: Gender.OTHER,
    Sex.UNKNOWN: Gender.UNKNOWN,
}
SIDES = {
    Laterality.LEFT: ("7771000", "Left"),
    Laterality.RIGHT: ("24028007", "Right"),
    Laterality.BOTH: ("51440002", "Right and left"),
}
SECTIONS = {
    "technique": ("55111-9", "Current imaging procedure descriptions Document"),
    "findings": ("59776-5", "Procedure findings Narrative"),
    "comparison": ("18834-2", "Radiology Comparison study (narrative)"),
    "impression": ("19005-8", "Radiology Imaging study [Impression] (narrative)"),
    "recommendation": ("18783-1", "Radiology Study recommendation (narrative)"),
}
UCUM = "http://unitsofmeasure.org"
MEASURED = {
    "length": ("410668003", "Length"),
    "angle": ("1483009", "Angle"),
    "ctr": ("118586006", "Ratio"),
}
UNITS = {"mm": "mm", "mm at detector": "mm", "px": "{pixels}", "°": "deg", "": "{ratio}"}
