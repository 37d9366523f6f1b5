"""What waits since when, and how often the model is overruled: pictures of the home page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.db.models.functions import TruncWeek
from django.utils import timezone

from annotations.models import Finding, Review
from annotations.monitoring.figures import Bar, bars_of
from annotations.selectors import findings_visible_to
from annotations.worklist.filters import asked_for
from annotations.worklist.query import WorklistQuery
from cxrportal.accounts.models import User

WEEKS = 12
# Name, and the first and last day before today, both included; None has no end.
AGES: tuple[tuple[str, int, int | None], ...] = (
    ("Today", 0, 0),
    ("Yesterday", 1, 1),
    ("2-3 days", 2, 3),
    ("4-7 days", 4, 7),
    ("8-30 days", 8, 30),
    ("Older", 31, None),
)
OVERRIDDEN = (Finding.Decision.CORRECTED, Finding.Decision.REJECTED)
DECIDED = (*OVERRIDDEN, Finding.Decision.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Column:
    """A bar of a picture, its numbers in the table beside it, and the list behind it."""

    bar: Bar
    name: str
    number: int
    part: int
    address: str = ""

    @property
    def share(self) -> str:
        return f"{100 * self.part / self.number:.0f} %" if self.number else "-"


def unread_by_age(user: User) -> list[Column]:
    """Cases that wait for a read by ``user``, by the day on which they came in. One query."""
    today = timezone.localdate()
    spans = [(name, _day(today, oldest), _day(today, newest)) for name, newest, oldest in AGES]
    waiting = asked_for(user, WorklistQuery(unread=True)).order_by()
    numbers = waiting.aggregate(
        **{
            f"n{place}": Count("pk", filter=_received(first, last), distinct=True)
            for place, (_, first, last) in enumerate(spans)
        }
    )
    rows = [(name, numbers[f"n{place}"], 0) for place, (name, _, _) in enumerate(spans)]
    addresses = [_worklist(first, last) for _, first, last in spans]
    return _columns(rows, addresses)


def override_trend(user: User) -> list[Column]:
    """Judged proposals of each of the last twelve weeks, and how many of them were overruled.

    Counted are completed reads whose findings ``user`` may see. One query.
    """
    first = _monday(timezone.localdate()) - timedelta(weeks=WEEKS - 1)
    judged = findings_visible_to(user).filter(
        decision__in=DECIDED,
        review__state=Review.State.COMPLETED,
        review__kind=Review.Kind.READ,
        review__completed_at__gte=_midnight(first),
    )
    weekly = judged.order_by().annotate(week=TruncWeek("review__completed_at"))
    counted = weekly.values_list("week", "decision").annotate(number=Count("pk"))
    return _columns(_weeks(first, counted))


def _weeks(first: date, counted: Iterable[tuple[datetime, str, int]]) -> list[tuple[str, int, int]]:
    whole: Counter[date] = Counter()
    part: Counter[date] = Counter()
    for at, decision, number in counted:
        week = at.date()
        whole[week] += number
        part[week] += number if decision in OVERRIDDEN else 0
    weeks = [first + timedelta(weeks=number) for number in range(WEEKS)]
    return [(f"{week:%m-%d}", whole[week], part[week]) for week in weeks]


def _columns(rows: list[tuple[str, int, int]], addresses: list[str] | None = None) -> list[Column]:
    bars = bars_of(rows).bars
    links = addresses or [""] * len(rows)
    return [Column(bar, *row, link) for bar, row, link in zip(bars, rows, links, strict=True)]


def _day(today: date, days_ago: int | None) -> date | None:
    return None if days_ago is None else today - timedelta(days=days_ago)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _received(first: date | None, last: date | None) -> Q:
    fits = Q()
    if first:
        fits &= Q(created_at__gte=_midnight(first))
    if last:
        fits &= Q(created_at__lt=_midnight(last + timedelta(days=1)))
    return fits


def _worklist(first: date | None, last: date | None) -> str:
    days = {"received_from": first, "received_to": last}
    return urlencode({"tab": "open", "unread": "on"} | {k: v for k, v in days.items() if v})
