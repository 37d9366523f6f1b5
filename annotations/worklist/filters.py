"""The filters of the worklist as conditions on cases."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from annotations.models import Finding
from annotations.selectors import findings_visible_to, needs_read_of
from annotations.worklist.query import WorklistQuery
from cases.models import Case, Image
from cases.querysets import CaseQuerySet
from cxrportal.accounts.models import User
from inference.models import InferenceRun
from patients.models import Patient
from patients.names import searchable

FAILED = Image.State.FAILED


def asked_for(user: User, query: WorklistQuery) -> CaseQuerySet:
    """The visible cases that fit every filter but the state."""
    cases = Case.objects.visible_to(user).filter(is_archived=query.archived)
    if query.text:
        cases = cases.filter(_fits(user, query.text))
    if query.unread:
        cases = cases.filter(pk__in=needs_read_of(user).order_by().values("pk"))
    if query.flagged:
        cases = cases.filter(flags__user=user)
    if query.finding:
        cases = cases.filter(Exists(_found(user, query.finding).filter(case=OuterRef("pk"))))
    if query.failed:
        cases = cases.filter(_has_failure())
    if query.view:
        cases = cases.filter(Exists(_images().filter(view_position=query.view)))
    return cases.filter(_plain(user, query), _dates(query), _patient(query))


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


def _fits(user: User, text: str) -> Q:
    """The start of an accession number, of an MRN (also an unconfirmed one) or of a name."""
    patients = Patient.objects.visible_to(user).order_by()
    known = patients.filter(claimed_mrn__istartswith=text)
    if searchable(text):
        known |= patients.matching(text)
    return Q(accession_number__istartswith=text) | Q(patient__in=known.values("pk"))


def _found(user: User, code: str) -> QuerySet[Finding]:
    """Stated by a reader, or proposed and not yet judged; only what ``user`` may see."""
    visible = findings_visible_to(user).order_by()
    rejected = visible.filter(decision=Finding.Decision.REJECTED)
    found = visible.filter(label=code).exclude(decision=Finding.Decision.REJECTED)
    return found.exclude(pk__in=rejected.values("proposal"))


def _images() -> QuerySet[Image]:
    return Image.objects.filter(case=OuterRef("pk"))


def _has_failure() -> Exists:
    """As the lines tell it: an image that could not be read, or whose newest analysis failed."""
    newest = InferenceRun.objects.filter(image=OuterRef("pk")).order_by("-created_at")
    images = _images().annotate(analysis=Subquery(newest.values("state")[:1]))
    return Exists(images.filter(Q(state=FAILED) | Q(analysis=FAILED)))
