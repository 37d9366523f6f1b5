"""The chart: a patient's history as a timeline, and who an unconfirmed patient may be."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, Q

from annotations.models import SignedReport
from cases.models import Case, Image
from cxrportal.accounts.models import User
from patients.models import Patient

CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One case with its thumbnail and the valid report, if it is signed."""

    case: Case
    thumbnail_url: str
    report: SignedReport | None


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
    pictured = [image for image in case.images.all() if image.thumbnail_key]
    url = f"/api/v1/images/{pictured[0].pk}/thumbnail/" if pictured else ""
    return TimelineEntry(case, url, next(iter(case.reports.all()), None))


def candidates(user: User, patient: Patient) -> list[Patient]:
    """Confirmed patients of the department who may be this unconfirmed one."""
    others = Patient.objects.visible_to(user).active().confirmed()
    others = others.filter(department=patient.department).exclude(pk=patient.pk)
    fits = Q()
    if patient.claimed_mrn:
        fits |= Q(mrn=patient.claimed_mrn)
    if patient.search_name:
        fits |= Q(search_name=patient.search_name)
        if patient.birth_date:
            first_word = patient.search_name.split()[0]
            fits |= Q(birth_date=patient.birth_date, search_name__startswith=first_word)
    return list(others.filter(fits)[:CANDIDATES]) if fits else []
