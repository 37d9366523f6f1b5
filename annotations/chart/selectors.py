"""The chart: a patient's history as a timeline, and who an unconfirmed patient may be."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, Q

from annotations.models import SignedReport
from cases.models import Case, Image
from cxrportal.accounts.models import User
from patients.matching import ClaimedIdentity, conflicts
from patients.models import Patient

CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One case with its thumbnail and the valid report, if it is signed."""

    case: Case
    thumbnail_url: str
    images: int
    report: SignedReport | None


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One line of two records side by side. Only what both state can differ."""

    name: str
    left: str
    right: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody known, beside the record in question; ``conflicts`` speak against it."""

    patient: Patient
    rows: tuple[ComparedRow, ...]
    conflicts: tuple[str, ...]


def timeline(user: User, patient: Patient) -> list[TimelineEntry]:
    """Every case of the patient, newest study first."""
    reports = SignedReport.objects.readable_by(user).order_by("-version")
    cases = (
        Case.objects.visible_to(user)
        .filter(patient=patient)
        .prefetch_related(
            Prefetch("images", queryset=Image.objects.order_by("created_at", "id")),
            Prefetch("reports", queryset=reports),
        )
        .order_by("-study_date", "-created_at")
    )
    return [_entry(case) for case in cases]


def _entry(case: Case) -> TimelineEntry:
    images = list(case.images.all())
    pictured = next((image for image in images if image.thumbnail_key), None)
    url = f"/api/v1/images/{pictured.pk}/thumbnail/" if pictured else ""
    return TimelineEntry(case, url, len(images), next(iter(case.reports.all()), None))


def known_by_mrn(user: User, patient: Patient, mrn: str) -> Patient | None:
    """The confirmed patient of the same department who holds the MRN, archived ones included.

    The MRN of a record that was merged leads to the one that was kept.
    """
    if not mrn.strip():
        return None
    rows = Patient.objects.visible_to(user).filter(department=patient.department, mrn=mrn.strip())
    holder = rows.filter(merged_into=None).first()
    if holder is None:
        merged = rows.select_related("merged_into").order_by("-updated_at").first()
        holder = merged.merged_into if merged else None
    return holder if holder and holder.confirmed and holder.pk != patient.pk else None


def candidates(user: User, patient: Patient, mrn: str = "") -> list[Patient]:
    """Confirmed patients of the department who may be this one: by the typed and the claimed MRN
    first, then by name.
    """
    by_mrn = [known_by_mrn(user, patient, number) for number in (mrn, patient.claimed_mrn)]
    found = dict.fromkeys(known for known in by_mrn if known is not None)
    found |= dict.fromkeys(_by_name(user, patient))
    return list(found)[:CANDIDATES]


def _by_name(user: User, patient: Patient) -> list[Patient]:
    if not patient.search_name:
        return []
    fits = Q(search_name=patient.search_name)
    if patient.birth_date:
        first_word = patient.search_name.split()[0]
        fits |= Q(birth_date=patient.birth_date, search_name__startswith=first_word)
    others = Patient.objects.visible_to(user).active().confirmed()
    others = others.filter(department=patient.department).exclude(pk=patient.pk)
    return list(others.filter(fits)[:CANDIDATES])


def compared(patient: Patient, other: Patient) -> Candidate:
    """Two records side by side, ``patient`` on the left."""
    left, right = _facts(patient), _facts(other)
    rows = tuple(
        ComparedRow(name, left[name], right[name], _differs(left[name], right[name]))
        for name in left
    )
    said = ClaimedIdentity(birth_date=patient.birth_date, sex=patient.sex)
    return Candidate(other, rows, conflicts(other, said))


def _differs(left: str, right: str) -> bool:
    return bool(left and right and left.casefold() != right.casefold())


def _facts(patient: Patient) -> dict[str, str]:
    return {
        "Name": patient.name,
        "MRN": patient.mrn or patient.claimed_mrn,
        "Born": patient.birth_date.isoformat() if patient.birth_date else "",
        "Sex": patient.get_sex_display() if patient.sex else "",
    }
