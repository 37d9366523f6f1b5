"""A phantom as a DICOM file: Digital X-Ray Image Storage - For Presentation, marked synthetic.

Source: DICOM PS3.3 A.26 (DX IOD), C.8.11; UIDs under 2.25 as in PS3.5 B.2.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Literal

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from inference.phantoms.types import BITS_STORED, WHITE, Phantom

IMPLEMENTATION_UID = UID("2.25.217356823871593012684920173658493021764")
SYNTHETIC = "SYNTHETIC"
INSTITUTION = "SYNTHETIC DATA - NO PATIENT"
Photometric = Literal["MONOCHROME1", "MONOCHROME2"]


@dataclass(frozen=True, slots=True)
class PhantomIdentity:
    """Who the phantom pretends to be. ``birth_date`` None follows from the phantom's age."""

    patient_id: str
    family_name: str
    given_name: str
    accession_number: str
    taken_at: datetime  # local time of the exposure
    birth_date: date | None = None
    study_description: str = "Chest PA (synthetic)"


@dataclass(frozen=True, slots=True)
class PhantomUids:
    study: str
    series: str
    instance: str


def derived_uid(*parts: str) -> str:
    """The same parts give the same UID: 128 bits of their SHA-256 under the root 2.25."""
    text = "\x1f".join(("cxr-portal phantom", *parts))
    return f"2.25.{int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], 'big')}"


def phantom_uids(
    phantom: Phantom, identity: PhantomIdentity, photometric: Photometric = "MONOCHROME2"
) -> PhantomUids:
    """From person, accession number and stored values: an accession number is one study."""
    study = (identity.patient_id, identity.accession_number)
    pixels = hashlib.sha256(phantom.image.astype("<u2").tobytes()).hexdigest()
    return PhantomUids(
        study=derived_uid("study", *study),
        series=derived_uid("series", *study),
        instance=derived_uid("instance", *study, photometric, str(phantom.image.shape), pixels),
    )


def phantom_dicom(
    phantom: Phantom,
    *,
    identity: PhantomIdentity,
    uids: PhantomUids | None = None,
    photometric: Photometric = "MONOCHROME2",
) -> bytes:
    """The bytes of a Part 10 file, Explicit VR Little Endian; equal arguments give equal bytes.

    MONOCHROME1 stores the inverted values with PresentationLUTShape INVERSE, which looks the same.
    """
    uids = uids or phantom_uids(phantom, identity, photometric)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = UID(uids.instance)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = "CXR_PHANTOM_1"
    file = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    _patient_and_study(file, phantom, identity, uids)
    _equipment_and_view(file, phantom)
    _pixels(file, phantom, photometric)
    stream = BytesIO()
    file.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _patient_and_study(
    file: Dataset, phantom: Phantom, identity: PhantomIdentity, uids: PhantomUids
) -> None:
    day, clock = identity.taken_at.strftime("%Y%m%d"), identity.taken_at.strftime("%H%M%S")
    born = identity.birth_date or date(identity.taken_at.year - phantom.age_years, 1, 1)
    before_birthday = (identity.taken_at.month, identity.taken_at.day) < (born.month, born.day)
    file.SpecificCharacterSet = "ISO_IR 192"
    file.SOPClassUID = DigitalXRayImageStorageForPresentation
    file.SOPInstanceUID = UID(uids.instance)
    file.StudyInstanceUID, file.SeriesInstanceUID = UID(uids.study), UID(uids.series)
    file.StudyDate = file.SeriesDate = file.AcquisitionDate = file.ContentDate = day
    file.StudyTime = file.SeriesTime = file.AcquisitionTime = file.ContentTime = clock
    file.AccessionNumber = file.StudyID = identity.accession_number
    file.StudyDescription = identity.study_description
    file.SeriesNumber = file.InstanceNumber = 1
    file.ReferringPhysicianName = ""
    file.PatientName = f"{identity.family_name}^{identity.given_name}"
    file.PatientID = identity.patient_id
    file.PatientBirthDate = born.strftime("%Y%m%d")
    file.PatientSex = phantom.sex
    file.PatientAge = f"{identity.taken_at.year - born.year - before_birthday:03d}Y"
    file.PatientComments = f"{SYNTHETIC}: drawn by a program, not a person"


def _equipment_and_view(file: Dataset, phantom: Phantom) -> None:
    file.Modality = "DX"
    file.Manufacturer = "CXR Portal phantom generator"
    file.ManufacturerModelName = "Phantom"
    file.InstitutionName = INSTITUTION
    file.ImageComments = f"{SYNTHETIC}: phantom seed {phantom.seed}"
    file.PresentationIntentType = "FOR PRESENTATION"
    file.ImageType = ["DERIVED", "PRIMARY"]
    file.DerivationDescription = "Drawn by a program"
    file.BodyPartExamined = "CHEST"
    file.ViewPosition = phantom.view
    file.ImageLaterality = "U"
    file.PatientOrientation = ["L", "F"]
    file.AnatomicRegionSequence = [_code("51185008", "SCT", "Chest")]
    view = _code("272479007", "SCT", "postero-anterior")
    view.ViewModifierCodeSequence = []
    file.ViewCodeSequence = [view]
    file.AcquisitionContextSequence = []
    file.PositionerType = "NONE"
    file.KVP = "120"
    file.DetectorType = "DIRECT"
    file.FieldOfViewShape = "RECTANGLE"


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _pixels(file: Dataset, phantom: Phantom, photometric: Photometric) -> None:
    inverted = photometric == "MONOCHROME1"
    stored = (WHITE - phantom.image) if inverted else phantom.image
    spacing = [f"{phantom.spacing_mm:.6g}"] * 2
    file.SamplesPerPixel = 1
    file.PhotometricInterpretation = photometric
    file.Rows, file.Columns = phantom.image.shape
    # Equal: measured at the detector, not corrected for magnification (PS3.3 10.7.1.3).
    file.ImagerPixelSpacing = file.PixelSpacing = spacing
    file.BitsAllocated, file.BitsStored, file.HighBit = 16, BITS_STORED, BITS_STORED - 1
    file.PixelRepresentation = 0
    file.PixelIntensityRelationship = "LOG"
    file.PixelIntensityRelationshipSign = 1 if inverted else -1
    file.RescaleIntercept, file.RescaleSlope, file.RescaleType = "0", "1", "US"
    file.WindowCenter, file.WindowWidth = str((WHITE + 1) // 2), str(WHITE + 1)
    file.WindowCenterWidthExplanation = "FULL"
    file.VOILUTFunction = "LINEAR"
    file.PresentationLUTShape = "INVERSE" if inverted else "IDENTITY"
    file.BurnedInAnnotation = "NO"
    file.LossyImageCompression = "00"
    file.PixelData = np.ascontiguousarray(stored, "<u2").tobytes()
