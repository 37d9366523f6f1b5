"""What is left of a header when identity goes: values made afresh, attribute by attribute.

Nothing is copied. A number is written from its value, a term passes where it is a listed one; a
UID, a date and the patient's ID are mapped under a secret key: the same in, the same out.
Source: DICOM PS3.15 Annex E (Basic Application Level Confidentiality Profile, with the options
Retain Patient Characteristics and Retain Longitudinal Temporal Information with Modified Dates);
ages: HIPAA Safe Harbor, 45 CFR 164.514(b)(2).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import secrets
import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from pydicom.dataset import Dataset
from pydicom.uid import UID

from cases.dicom import elements
from cases.dicom.extraction.attributes import Attribute, Treatment
from cases.dicom.extraction.errors import KeyTooShort
from cases.dicom.extraction.terms import CODE_MEANINGS, listed_terms, vendor
from cases.dicom.header import read_study

KEY_BYTES = 32
PSEUDONYM_BYTES = 10
MOST_DAYS_BACK = 365
OLDEST_NAMED_AGE = 89
METHOD = "PS3.15 Annex E Basic profile by allow-list; pixels re-encoded"
# PS3.16 CID 7050: what was done, code and meaning.
PROFILE_CODES = {
    "113100": "Basic Application Confidentiality Profile",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
}
_LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """The mapping under one secret key. Raises KeyTooShort."""

    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) < KEY_BYTES:
            raise KeyTooShort

    def _digest(self, kind: str, value: str) -> bytes:
        return hmac.new(self.key, f"{kind}\0{value}".encode(), hashlib.sha256).digest()

    def _short(self, kind: str, value: str) -> str:
        short = base64.b32encode(self._digest(kind, value)[:PSEUDONYM_BYTES])
        return kind[0].upper() + short.decode("ascii").lower()

    def patient(self, patient_id: str) -> str:
        """ "P" and 80 bits."""
        return self._short("patient", patient_id)

    def file(self, name: str) -> str:
        """ "F" and 80 bits, for a file that carries no UID."""
        return self._short("file", name)

    def uid(self, uid: str) -> str:
        """A UID under 2.25. Source: DICOM PS3.5 B.2 (UUID derived UIDs)."""
        number = uuid.UUID(bytes=self._digest("uid", uid)[:16], version=4).int
        return f"2.25.{number}"

    def days_back(self, patient_id: str) -> int:
        """1 to 365, the same for every date of the patient."""
        return 1 + int.from_bytes(self._digest("days", patient_id)[:8], "big") % MOST_DAYS_BACK

    def moved(self, day: date, patient_id: str) -> date | None:
        """The day as many days earlier as the patient's others; None before the year 1."""
        try:
            return day - timedelta(days=self.days_back(patient_id))
        except OverflowError:
            return None


def new_key() -> bytes:
    """A fresh secret. Who has it and the originals' identifiers can undo the pseudonyms."""
    return secrets.token_bytes(KEY_BYTES)


def patient_of(dataset: Dataset) -> str:
    """The text that stands for the patient: their ID, else name and birth date, else the study.

    A file without any of them shares its pseudonym and its days with its own study only, and
    without a study with no other file.
    """
    issuer = elements.text(dataset, "IssuerOfPatientID")
    found = elements.text(dataset, "PatientID")
    if found:
        return f"id\0{issuer}\0{found}"
    name = elements.person_name(dataset, "PatientName")
    born = elements.text(dataset, "PatientBirthDate")
    if name and born:
        return f"name\0{name}\0{born}"
    study = elements.text(dataset, "StudyInstanceUID")
    return f"study\0{study or elements.text(dataset, 'SOPInstanceUID')}"


class HeaderCleaner:
    """De-identified values of one data set, as the texts that DICOM would hold."""

    def __init__(self, dataset: Dataset, pseudonyms: Pseudonyms, patient: str = "") -> None:
        """``patient``: the text that stands for the patient where the header's does not count."""
        self._dataset, self._pseudonyms = dataset, pseudonyms
        self._patient = patient or patient_of(dataset)

    def values(self, row: Attribute) -> tuple[str, ...]:
        """The values of one attribute; none where nothing may stand. STATED ones are none here."""
        match row.treatment:
            case Treatment.NUMBER:
                found = elements.numbers(self._dataset, row.keyword)
                return tuple(number_text(value) for value in found)
            case Treatment.TERM:
                return listed_terms(elements.texts(self._dataset, row.keyword))
            case Treatment.CODES:
                return self._codes(row.keyword)
            case Treatment.DATE:
                return self._date(row.keyword)
            case Treatment.AGE:
                return self._age()
            case _:
                return self._name(row)

    def _name(self, row: Attribute) -> tuple[str, ...]:
        text = elements.text(self._dataset, row.keyword)
        made = ""
        if row.treatment is Treatment.PATIENT:
            made = self._pseudonyms.patient(self._patient)
        elif row.treatment is Treatment.VENDOR:
            made = vendor(text)
        elif row.treatment is Treatment.UID and text:
            made = self._pseudonyms.uid(text)
        elif row.treatment is Treatment.CLASS_UID and UID(text).type == "SOP Class":
            made = text
        return (made,) if made else ()

    def _codes(self, keyword: str) -> tuple[str, ...]:
        said = (elements.text(item, "CodeValue") for item in elements.items(self._dataset, keyword))
        return tuple(code for code in said if code in CODE_MEANINGS)

    def _date(self, keyword: str) -> tuple[str, ...]:
        day = elements.day(self._dataset, keyword)
        moved = self._pseudonyms.moved(day, self._patient) if day else None
        return (f"{moved:%Y%m%d}".rjust(8, "0"),) if moved else ()

    def _age(self) -> tuple[str, ...]:
        """Whole years, "090Y" for 90 and above; also where only the birth date told it."""
        years = read_study(self._dataset, "").age_years
        return () if years is None else (f"{min(years, OLDEST_NAMED_AGE + 1):03d}Y",)


def number_text(value: float) -> str:
    """At most 16 characters, as a Decimal or Integer String holds them; "" beyond 1e15."""
    if not math.isfinite(value) or abs(value) > _LARGEST:
        return ""
    if value.is_integer():
        return str(int(value))
    return next(t for t in (f"{value:.{n}g}" for n in range(15, 0, -1)) if len(t) <= 16)
