"""The filters of the worklist as conditions on cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from annotations.models import Finding
from annotations.selectors import findings_visible_to, needs_read_of
from annotations.worklist.query import WorklistQuery
from cases.models import Case, Image
from cases.querysets import TO_READ, CaseQuerySet
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import CLINICIAN, department_ids
from inference.models import InferenceRun
from patients.models import Patient
from patients.names import searchable

FAILED = Image.State.FAILED
# So many keys are named in a query rather than sought case by case.
FEW = 500


@dataclass(frozen=True, slots=True)
class Candidates:
    """Cases that fit a query in any state. ``few``: they were named by key, and are quickly sorted;
    else they are best sought along the order of the list.
    """

    cases: CaseQuerySet
    few: bool


def asked_for(user: User, query: WorklistQuery) -> CaseQuerySet:
    """The visible cases that fit every filter but the state."""
    return candidates(user, query).cases


def candidates(user: User, query: WorklistQuery) -> Candidates:
    """As ``asked_for``; text costs two queries and a finding one, to see whether few fit them."""
    cases = needs_read_of(user) if query.unread else Case.objects.visible_to(user)
    found = Candidates(cases.filter(is_archived=query.archived), few=False)
    if query.text:
        found = _named(user, query.text, found.cases)
    if query.finding:
        found = _with_finding(user, query.finding, found)
    cases = found.cases
    if query.flagged:
        cases = cases.filter(flags__user=user)
    if query.failed:
        cases = cases.filter(_has_failure())
    if query.view:
        cases = cases.filter(Exists(_images().filter(view_position=query.view)))
    cases = cases.filter(_plain(user, query), _dates(query), _patient(query))
    return Candidates(cases, found.few)


def _named(user: User, text: str, cases: CaseQuerySet) -> Candidates:
    """By the start of an accession number, of an MRN (also an unconfirmed one) or of a name."""
    mine = Patient.objects.visible_to(user).order_by()
    patients = mine.filter(claimed_mrn__istartswith=text)
    if searchable(text):
        patients |= mine.matching(text)
    numbered = Q(accession_number__istartswith=text)
    of_patient = Q(Exists(patients.filter(pk=OuterRef("patient"))))
    known = _few(patients, "pk")
    keys = _few(Case.objects.visible_to(user).filter(numbered), "pk")
    if known is None or keys is None:
        return Candidates(cases.filter(numbered | of_patient), few=False)
    return Candidates(cases.filter(Q(pk__in=keys) | Q(patient__in=known)), few=True)


def _with_finding(user: User, code: str, among: Candidates) -> Candidates:
    cases = among.cases.alias(found=_found(user, code)).filter(found__isnull=False)
    keys = _few(Finding.objects.filter(label=code), "case")
    if keys is None:
        return Candidates(cases, among.few)
    return Candidates(cases.filter(pk__in=keys), few=True)


def _few(rows: QuerySet[Any], name: str) -> set[UUID] | None:
    """The keys under ``name``, where there are few rows."""
    found = list(rows.order_by().values_list(name, flat=True)[: FEW + 1])
    return set(found) if len(found) <= FEW else None


def places(
    user: User, query: WorklistQuery, statuses: Sequence[str]
) -> tuple[list[UUID], list[str]]:
    """The departments and the states of ``statuses`` where such cases can be."""
    mine = department_ids(user, CLINICIAN)
    if query.department:
        mine = [department for department in mine if department == query.department]
    return mine, [state for state in statuses if not query.unread or state in TO_READ]


def _plain(user: User, query: WorklistQuery) -> Q:
    fits = Q()
    if query.assignee == "me":
        fits &= Q(assignee=user)
    elif query.assignee == "none":
        fits &= Q(assignee=None)
    elif query.assignee:
        fits &= Q(assignee=query.assignee)
    if query.priority:
        fits &= Q(priority=query.priority)
    return fits & Q(department=query.department) if query.department else fits


def _dates(query: WorklistQuery) -> Q:
    fits = Q()
    if query.study_from:
        fits &= Q(study_date__gte=query.study_from)
    if query.study_to:
        fits &= Q(study_date__lte=query.study_to)
    if query.received_from:
        fits &= Q(created_at__gte=_midnight(query.received_from))
    if query.received_to:
        fits &= Q(created_at__lt=_midnight(query.received_to + timedelta(days=1)))
    return fits


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _patient(query: WorklistQuery) -> Q:
    """Ages by the date of birth; a patient without one fits no age."""
    fits = Q()
    today = timezone.localdate()
    if query.sex:
        fits &= Q(patient__sex="" if query.sex == "unknown" else query.sex)
    if query.age_from is not None:
        fits &= Q(patient__birth_date__lte=years_before(today, query.age_from))
    if query.age_to is not None:
        fits &= Q(patient__birth_date__gt=years_before(today, query.age_to + 1))
    return fits


def years_before(day: date, years: int) -> date:
    """The birthday of who turns ``years`` on ``day``; 29 February falls on the 28th.

    Nobody is older than the calendar: years before 1 AD end at its first day.
    """
    if years >= day.year:
        return date.min
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _found(user: User, code: str) -> Subquery:
    """Of a case: a finding stated by a reader, or proposed and not yet judged; only what ``user``
    may see. One key, not whether it exists: PostgreSQL would join all findings to learn that.
    """
    visible = findings_visible_to(user).order_by()
    rejected = visible.filter(decision=Finding.Decision.REJECTED)
    found = visible.filter(label=code).exclude(decision=Finding.Decision.REJECTED)
    found = found.filter(~Exists(rejected.filter(proposal=OuterRef("pk"))), case=OuterRef("pk"))
    return Subquery(found.values("pk")[:1])


def _images() -> QuerySet[Image]:
    return Image.objects.filter(case=OuterRef("pk"))


def _has_failure() -> Exists:
    """As the lines tell it: an image that could not be read, or whose newest analysis failed."""
    newest = InferenceRun.objects.filter(image=OuterRef("pk")).order_by("-created_at")
    images = _images().annotate(analysis=Subquery(newest.values("state")[:1]))
    return Exists(images.filter(Q(state=FAILED) | Q(analysis=FAILED)))
