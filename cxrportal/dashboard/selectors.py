"""What the home page tells each role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count
from django.utils import timezone

from annotations.models import Finding, Release, Review
from annotations.worklist.query import TAB_NAMES, Tab, WorklistQuery
from annotations.worklist.selectors import WorklistRow, counts, rows_of
from cases.models import Case
from cxrportal.accounts.models import AccessEvent, User
from inference.presentation import NAMES
from patients.models import Patient

FINDINGS_DAYS = 90
FINDINGS_SHOWN = 8
ROWS_SHOWN = 6
EVENTS_LOOKED_AT = 200
TABS = (Tab.PREPARING, Tab.READY, Tab.IN_REVIEW, Tab.SIGNED)


@dataclass(frozen=True, slots=True)
class StateCount:
    """A state of the worklist, how many active cases are in it, and the tab that lists them."""

    name: str
    count: str
    tab: str


@dataclass(frozen=True, slots=True)
class FindingCount:
    """In how many cases readers stated this finding."""

    name: str
    cases: int


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """``cases_read`` is what the numbers are out of; ``most`` the length of the longest bar."""

    rows: tuple[FindingCount, ...]
    cases_read: int
    most: int


def states_of(user: User) -> list[StateCount]:
    number = counts(user, WorklistQuery())
    return [StateCount(TAB_NAMES[tab], number[tab], tab.value) for tab in TABS]


def frequent_findings(user: User) -> FindingCounts:
    """The most frequent findings of the last 90 days, one for each case and finding.

    Only completed reads count, so that an open blind read of somebody else shows nothing.
    """
    since = timezone.now() - timedelta(days=FINDINGS_DAYS)
    completed = Review.State.COMPLETED
    reads = Review.objects.visible_to(user).filter(state=completed, completed_at__gte=since)
    stated = Finding.objects.visible_to(user).stated()
    stated = stated.filter(review__state=completed, review__completed_at__gte=since)
    by_label = stated.order_by().values_list("label").annotate(number=Count("case", distinct=True))
    rows = [FindingCount(NAMES.get(label, label), n) for label, n in by_label]
    rows.sort(key=lambda row: (-row.cases, row.name))
    shown = tuple(rows[:FINDINGS_SHOWN])
    cases_read = reads.order_by().aggregate(number=Count("case", distinct=True))["number"]
    return FindingCounts(shown, cases_read, shown[0].cases if shown else 0)


def recent_cases(user: User) -> tuple[WorklistRow, ...]:
    cases = Case.objects.visible_to(user).active().select_related("patient", "assignee")
    return rows_of(list(cases.newest_first()[:ROWS_SHOWN]))


def opened_patients(user: User) -> list[Patient]:
    """Patients whose chart ``user`` opened, the last one first, as far as still visible."""
    events = AccessEvent.objects.filter(actor=user, verb=AccessEvent.Verb.VIEW)
    keys = events.filter(target_type="patient").order_by("-id").values_list("target_key", flat=True)
    wanted = list(dict.fromkeys(keys[:EVENTS_LOOKED_AT]))
    found = Patient.objects.visible_to(user).active().in_bulk([UUID(key) for key in wanted])
    rows = [found.get(UUID(key)) for key in wanted]
    return [row for row in rows if row is not None][:ROWS_SHOWN]


def latest_releases(user: User) -> list[Release]:
    return list(Release.objects.visible_to(user).order_by("-created_at")[:ROWS_SHOWN])


def registrations() -> tuple[int, list[User]]:
    """How many people wait to be let in, and the first of them."""
    waiting = User.objects.filter(is_approved=False, is_active=True).order_by("date_joined")
    return waiting.count(), list(waiting[:ROWS_SHOWN])
