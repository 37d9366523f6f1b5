"""What a DICOM header gives cause to warn of."""

from __future__ import annotations

import re

from pydicom.dataset import Dataset

from cases.dicom import elements
from cases.dicom.cautions import warning
from cases.dicom.types import FileWarning, Identity, StudyFacts

ADULT_YEARS = 18
RADIOGRAPH_CLASSES = frozenset(("1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1"))
LATERAL_VIEWS = frozenset(("LL", "RL", "LAT", "LATERAL", "LEFT LATERAL", "RIGHT LATERAL"))
# JPEG baseline and extended, near-lossless JPEG-LS. JPEG 2000 (.91) may be either.
LOSSY_SYNTAXES = frozenset(
    ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81")
)
JPEG_2000_EITHER = "1.2.840.10008.1.2.4.91"
HUMAN_CODES = frozenset(("337915000", "L-85B00"))
_CHEST = re.compile(
    r"CHEST|THORA|TORAX|TÓRAX|LUNG|PULMO|POUMON|BRUST|\bRIBS?\b|HEART|STERN|胸|흉부", re.IGNORECASE
)
_NOT_THE_CHEST = re.compile(r"SPINE|VERTEBRA|WIRBEL|COLUM|OUTLET", re.IGNORECASE)
_UNNAMED = frozenset(("", "UNKNOWN", "OTHER", "NONE", "N/A", "NA", "ANY", "UNSPECIFIED", "BODY"))
_HUMAN = re.compile(r"homo\s*sapiens|human", re.IGNORECASE)
_ANIMAL = re.compile(
    r"\b(canine|feline|equine|bovine|ovine|porcine|avian|dog|cat|horse|veterinar\w*|tierarzt)\b",
    re.IGNORECASE,
)


def dicom_warnings(
    dataset: Dataset, study: StudyFacts, identity: Identity
) -> tuple[FileWarning, ...]:
    """What the header gives cause to say, in a fixed order."""
    told = {
        "not_a_chest": is_another_part(study.body_part),
        "not_human": is_animal(dataset),
        "lateral_view": study.view_position in LATERAL_VIEWS,
        "child": study.age_years is not None and study.age_years < ADULT_YEARS,
        "unusual_sop_class": study.sop_class_uid not in RADIOGRAPH_CLASSES,
        "burned_in": study.burned_in == "YES",
        "lossy": _is_lossy(dataset, study.transfer_syntax_uid),
        "no_identity": not identity.patient_id,
    }
    details = {"not_a_chest": f"The header names the body part {study.body_part}, not the chest."}
    return tuple(warning(code, details.get(code, "")) for code, holds in told.items() if holds)


def is_another_part(body_part: str) -> bool:
    """Whether a body part is named and is not the chest, its wall or what lies in it."""
    named = body_part.strip().upper()
    if named in _UNNAMED:
        return False
    return _CHEST.search(named) is None or _NOT_THE_CHEST.search(named) is not None


def is_animal(dataset: Dataset) -> bool:
    """By the veterinary attributes (PS3.3 C.7.1.1), or by words of the device that only a
    veterinary practice has: many of its files carry nothing else. Names of people do not count.
    """
    species = elements.text(dataset, "PatientSpeciesDescription")
    codes = elements.items(dataset, "PatientSpeciesCodeSequence")
    if species and not _HUMAN.search(species):
        return True
    if any(elements.code(item, "CodeValue") not in HUMAN_CODES for item in codes):
        return True
    if elements.text(dataset, "PatientBreedDescription") or elements.items(
        dataset, "PatientBreedCodeSequence"
    ):
        return True
    if elements.code(dataset, "ResponsiblePersonRole") == "OWNER":
        return True
    return any(_ANIMAL.search(words) for words in _device_words(dataset))


def _device_words(dataset: Dataset) -> tuple[str, ...]:
    protocols = elements.items(dataset, "PerformedProtocolCodeSequence")
    return (
        elements.text(dataset, "AcquisitionDeviceProcessingDescription"),
        elements.text(dataset, "ProtocolName"),
        *(elements.text(item, "CodeMeaning") for item in protocols),
    )


def _is_lossy(dataset: Dataset, syntax: str) -> bool:
    said = elements.text(dataset, "LossyImageCompression")
    if syntax == JPEG_2000_EITHER:
        return said != "00"
    return said == "01" or syntax in LOSSY_SYNTAXES
