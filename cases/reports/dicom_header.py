"""What the DICOM files of a report share: whose they are, who made them, and their bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from cases.reports.content import ReportContent

MAKER = "CXR Portal"
IMPLEMENTATION_UID = UID("2.25.209823441627915483206371052949185627731")


def person_name(text: str) -> str:
    """The whole name as the first component of a PN (its parts are not known), or nothing.

    At most 64 characters. Source: DICOM PS3.5 6.2.
    """
    name = long_string(text.translate(str.maketrans("^=", "  ")), 63)
    return f"{name}^" if name else ""


def long_string(text: str, length: int = 64) -> str:
    """One value without backslash or control characters, at most ``length`` characters."""
    plain = "".join(c if c.isprintable() and c != "\\" else " " for c in text)
    return " ".join(plain.split())[:length].strip()


def day(value: date | None) -> str:
    """DA; empty for none."""
    return f"{value:%Y%m%d}" if value else ""


def signed_at(content: ReportContent) -> datetime:
    """UTC, to the second. Only a signed report is asked."""
    assert content.signed_at is not None
    return content.signed_at.astimezone(UTC)


def set_identity(dataset: Dataset, content: ReportContent) -> None:
    """Patient, General Study and SOP Common attributes, times from the signature."""
    patient, study, moment = content.patient, content.study, signed_at(content)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = person_name(patient.name)
    dataset.PatientID = long_string(patient.mrn)
    dataset.PatientBirthDate = day(patient.birth_date)
    dataset.PatientSex = patient.sex.value
    dataset.StudyDate = day(study.study_date)
    dataset.StudyTime = ""
    dataset.StudyID = ""
    dataset.AccessionNumber = long_string(study.accession_number, 16)
    dataset.ReferringPhysicianName = ""
    dataset.ContentDate = dataset.InstanceCreationDate = f"{moment:%Y%m%d}"
    dataset.ContentTime = dataset.InstanceCreationTime = f"{moment:%H%M%S}"
    dataset.TimezoneOffsetFromUTC = "+0000"
    dataset.Manufacturer = MAKER
    dataset.InstitutionName = long_string(content.institution)
    dataset.InstitutionalDepartmentName = long_string(content.department)


def file_bytes(dataset: Dataset) -> bytes:
    """A Part 10 file, Explicit VR Little Endian; equal data sets give equal bytes."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = "CXR_PORTAL"
    dataset.file_meta = meta
    into = BytesIO()
    dataset.save_as(into, enforce_file_format=True)
    return into.getvalue()
