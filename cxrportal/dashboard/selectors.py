"""What the home page tells each role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Max, Q, Value
from django.utils import timezone

from annotations.models import Release, Review
from annotations.selectors import findings_visible_to, others_are_open_to
from annotations.worklist.query import TAB_NAMES, Tab, WorklistQuery
from annotations.worklist.selectors import WorklistRow, counts, rows_of
from cases.models import Case
from cxrportal.accounts.models import AccessEvent, User
from inference.presentation import NAMES
from patients.models import Patient

FINDINGS_DAYS = (7, 30, 365)
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

    code: str
    name: str
    cases: int


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """``cases_read`` is what the numbers are out of; ``most`` the length of the longest bar.

    ``days``: over which span; ``choices``: over which others it may be asked.
    """

    rows: tuple[FindingCount, ...]
    cases_read: int
    most: int
    days: int
    choices: tuple[int, ...] = FINDINGS_DAYS


def states_of(user: User) -> list[StateCount]:
    number = counts(user, WorklistQuery())
    return [StateCount(TAB_NAMES[tab], number[tab], tab.value) for tab in TABS]


def frequent_findings(user: User, days: int = FINDINGS_DAYS[1]) -> FindingCounts:
    """The most frequent findings of the last ``days``, one for each case and finding.

    Only completed reads that ``user`` may see count: a sum over few cases would tell a blind
    reader what others found. One query; the cases read stand under the label "".
    """
    since = timezone.now() - timedelta(days=days)
    completed = Review.State.COMPLETED
    reads = Review.objects.visible_to(user).filter(state=completed, completed_at__gte=since)
    reads = reads.filter(Q(reader=user) | others_are_open_to(user))
    stated = findings_visible_to(user).filter(review__isnull=False).exclude(decision="REJECTED")
    stated = stated.filter(review__state=completed, review__completed_at__gte=since)
    by_label = stated.order_by().values_list("label").annotate(number=Count("case", distinct=True))
    all_read = reads.order_by().annotate(label=Value("")).values_list("label")
    all_read = all_read.annotate(number=Count("case", distinct=True))
    number: dict[str, int] = dict(by_label.union(all_read, all=True))
    cases_read = number.pop("", 0)
    rows = [FindingCount(label, NAMES.get(label, label), n) for label, n in number.items()]
    rows.sort(key=lambda row: (-row.cases, row.name))
    shown = tuple(rows[:FINDINGS_SHOWN])
    return FindingCounts(shown, cases_read, shown[0].cases if shown else 0, days)


@dataclass(frozen=True, slots=True)
class RecentCases:
    """``mine``: those the user read last; else, before the first read, the newest there are."""

    mine: bool
    rows: tuple[WorklistRow, ...]


def recent_cases(user: User) -> RecentCases:
    cases = Case.objects.visible_to(user).active().select_related("patient", "assignee")
    read = cases.filter(reviews__reader=user).annotate(opened=Max("reviews__opened_at"))
    mine = list(read.order_by("-opened", "pk")[:ROWS_SHOWN])
    return RecentCases(bool(mine), rows_of(mine or list(cases.newest_first()[:ROWS_SHOWN])))


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
