"""Prior studies: how long ago, and what a read says of their findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import inf

from annotations.models import Finding, PriorMark, Review, SignedReport
from cases.models import Case
from cases.querysets import CaseQuerySet
from cxrportal.accounts.models import User

# length in days, name, up to how many days it is used
_UNITS = ((1.0, "day", 14.0), (7.0, "week", 61.0), (30.44, "month", 731.0), (365.25, "year", inf))


def priors_of(case: Case, user: User) -> CaseQuerySet:
    """Other studies of the patient that ``user`` may see, newest first."""
    others = Case.objects.visible_to(user).active().filter(patient_id=case.patient_id)
    return others.exclude(pk=case.pk).order_by("-study_date", "-created_at")


def interval_in_words(prior: date | None, present: date | None) -> str:
    """ "4 months earlier": in days below 2 weeks, weeks below 2 months, months below 2 years."""
    if prior is None or present is None:
        return "interval unknown"
    days = abs((present - prior).days)
    if days == 0:
        return "the same day"
    unit, name = next((unit, name) for unit, name, limit_days in _UNITS if days < limit_days)
    number = round(days / unit)
    word = "earlier" if prior < present else "later"
    return f"{number} {name}{'' if number == 1 else 's'} {word}"


def signed_findings(case: Case) -> list[Finding]:
    """What the newest signed report of a case states; nothing before it is signed."""
    report = SignedReport.objects.filter(case=case).order_by("-version").first()
    if report is None:
        return []
    return list(Finding.objects.stated().filter(review_id=report.review_id))


@dataclass(frozen=True, slots=True)
class MarkedFinding:
    """``text`` is "Stable" or "New"; ``study_date`` that of the study with the finding."""

    label: str
    laterality: str
    mark: str
    text: str
    study_date: date | None
    case_id: str


def prior_marks(review: Review) -> tuple[MarkedFinding, ...]:
    """What the read says of prior findings and of its new ones, oldest mark first; what it rejects
    is no new finding.
    """
    rows = PriorMark.objects.filter(review=review).select_related("finding__case")
    rows = rows.exclude(finding__review=review, finding__decision=Finding.Decision.REJECTED)
    return tuple(
        MarkedFinding(
            label=row.finding.label,
            laterality=row.finding.laterality,
            mark=row.mark,
            text=row.get_mark_display(),
            study_date=row.finding.case.study_date,
            case_id=str(row.finding.case_id),
        )
        for row in rows
    )
