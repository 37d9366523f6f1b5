"""Is it the same person? Only an MRN in the department with nothing against it says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cxrportal.accounts.models import Department
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class ClaimedIdentity:
    """Who a file says it shows. Empty where it says nothing."""

    mrn: str = ""
    name: str = ""
    birth_date: date | None = None
    sex: str = ""


def conflicts(patient: Patient, claimed: ClaimedIdentity) -> tuple[str, ...]:
    """What of the claim contradicts the patient, in words; silence contradicts nothing."""
    compared = (
        ("birth date", claimed.birth_date, patient.birth_date),
        ("sex", claimed.sex, patient.sex),
    )
    return tuple(word for word, said, known in compared if said and known and said != known)


def compatible(patient: Patient, claimed: ClaimedIdentity) -> bool:
    """Birth date and sex do not contradict each other."""
    return not conflicts(patient, claimed)


def holder_of_mrn(department: Department, mrn: str) -> Patient | None:
    """The patient of the department who holds this MRN, archived ones included."""
    if not mrn:
        return None
    return Patient.objects.filter(department=department, mrn=mrn, merged_into__isnull=True).first()


def match(department: Department, claimed: ClaimedIdentity) -> Patient | None:
    """The one confirmed patient that the claim is about, or none."""
    found = holder_of_mrn(department, claimed.mrn)
    return found if found is not None and found.confirmed and compatible(found, claimed) else None
