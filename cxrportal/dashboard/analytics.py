"""The whole system in numbers for administrators: sums of departments, never a case or a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

import numpy as np
from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotations.models import Release
from annotations.monitoring.figures import Bars, bars_of
from cases.models import Case, CaseEvent, Image
from cxrportal.accounts.models import Department
from inference.models import InferenceRun

DAILY_UP_TO = 31  # days; a longer span is counted by weeks
HOUR_S = 3600.0
Status = Case.Status


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days in the user's zone, both included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        return _midnight(self.last + timedelta(days=1))

    @property
    def by_day(self) -> bool:
        return (self.last - self.first).days < DAILY_UP_TO


@dataclass(frozen=True, slots=True)
class Turnaround:
    """Hours of ``n`` cases from one state to another; None where there is no case."""

    n: int
    median_h: float | None
    p90_h: float | None


@dataclass(frozen=True, slots=True)
class DepartmentLine:
    """One department, or all. Volumes and times are of the span; storage is what is kept now."""

    name: str
    received: int
    signed: int
    to_proposed: Turnaround
    to_signed: Turnaround
    overall: Turnaround
    images: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """A day, or a week named by its Monday."""

    start: date
    received: int
    signed: int


@dataclass(frozen=True, slots=True)
class ModelLine:
    name: str
    version: str
    stage: str
    runs: int
    failed: int


@dataclass(frozen=True, slots=True)
class Analytics:
    """Everything that the page and its CSV show. Seven queries."""

    span: Span
    departments: tuple[DepartmentLine, ...]
    total: DepartmentLine
    volumes: tuple[VolumeRow, ...]
    models: tuple[ModelLine, ...]
    releases_bytes: int

    @property
    def figure(self) -> Bars:
        return bars_of([(f"{row.start:%m-%d}", row.received, 0) for row in self.volumes])


@dataclass(frozen=True, slots=True)
class _Way:
    """When a case came in, could be read and was signed first."""

    department: UUID
    received: datetime
    proposed: datetime | None
    signed: datetime | None


def analytics_of(span: Span) -> Analytics:
    ways = list(_ways(span))
    signed = _signed(span)
    stored = _stored()
    names = dict(Department.objects.values_list("pk", "name"))
    everyone = list(names)
    lines = tuple(_line(name, [pk], ways, signed, stored) for pk, name in names.items())
    return Analytics(
        span=span,
        departments=lines,
        total=_line("All departments", everyone, ways, signed, stored),
        volumes=tuple(_volumes(span, ways, signed)),
        models=tuple(_models(span)),
        releases_bytes=Release.objects.aggregate(total=Sum("archive_bytes"))["total"] or 0,
    )


def turnaround(spans_s: Sequence[float]) -> Turnaround:
    """Median and 90th percentile (linear between ranks) of durations in seconds, in hours."""
    if not spans_s:
        return Turnaround(0, None, None)
    median, p90 = np.percentile(np.array(spans_s) / HOUR_S, (50, 90))
    return Turnaround(len(spans_s), float(median), float(p90))


def _ways(span: Span) -> Iterator[_Way]:
    """Of the cases received in the span; reading an amended case again changes nothing."""
    cases = Case.objects.filter(created_at__gte=span.start, created_at__lt=span.end).order_by()
    timed = cases.annotate(
        proposed=Min("events__at", filter=Q(events__to_status=Status.PROPOSED)),
        signed=Min("events__at", filter=Q(events__to_status=Status.SIGNED)),
    )
    rows = timed.values_list("department", "created_at", "proposed", "signed")
    return (_Way(*row) for row in rows.iterator())


def _signed(span: Span) -> dict[tuple[UUID, date], int]:
    """Cases signed for the first time, by department and day."""
    events = CaseEvent.objects.filter(
        to_status=Status.SIGNED, at__gte=span.start, at__lt=span.end
    ).order_by()
    days = events.annotate(day=TruncDate("at")).values_list("case__department", "day")
    counted = days.annotate(number=Count("case", distinct=True))
    return {(department, day): number for department, day, number in counted}


def _stored() -> dict[UUID, tuple[int, int]]:
    """Images and bytes of original files of each department, now."""
    rows = Image.objects.order_by().values_list("department")
    summed = rows.annotate(number=Count("pk"), size=Sum("size_bytes"))
    return {department: (number, size or 0) for department, number, size in summed}


def _line(
    name: str,
    departments: list[UUID],
    ways: list[_Way],
    signed: dict[tuple[UUID, date], int],
    stored: dict[UUID, tuple[int, int]],
) -> DepartmentLine:
    mine = [way for way in ways if way.department in departments]
    kept = [stored.get(pk, (0, 0)) for pk in departments]
    return DepartmentLine(
        name=name,
        received=len(mine),
        signed=sum(n for (pk, _), n in signed.items() if pk in departments),
        to_proposed=turnaround(_seconds((w.received, w.proposed) for w in mine)),
        to_signed=turnaround(_seconds((w.proposed, w.signed) for w in mine)),
        overall=turnaround(_seconds((w.received, w.signed) for w in mine)),
        images=sum(number for number, _ in kept),
        stored_bytes=sum(size for _, size in kept),
    )


def _seconds(pairs: Iterator[tuple[datetime | None, datetime | None]]) -> list[float]:
    return [(end - start).total_seconds() for start, end in pairs if start and end]


def _volumes(
    span: Span, ways: list[_Way], signed: dict[tuple[UUID, date], int]
) -> Iterator[VolumeRow]:
    received = Counter(span_start(timezone.localdate(w.received), span) for w in ways)
    done: defaultdict[date, int] = defaultdict(int)
    for (_, day), number in signed.items():
        done[span_start(day, span)] += number
    day = span_start(span.first, span)
    while day <= span.last:
        yield VolumeRow(day, received[day], done[day])
        day += timedelta(days=1 if span.by_day else 7)


def span_start(day: date, span: Span) -> date:
    """The day itself, or the Monday of its week where the span is counted by weeks."""
    return day if span.by_day else day - timedelta(days=day.weekday())


def _models(span: Span) -> Iterator[ModelLine]:
    runs = InferenceRun.objects.filter(created_at__gte=span.start, created_at__lt=span.end)
    named = ("model_version__name", "model_version__version", "model_version__stage")
    failed = Count("pk", filter=Q(state=InferenceRun.State.FAILED))
    counted = runs.order_by().values_list(*named).annotate(number=Count("pk"), failed=failed)
    return (ModelLine(*row) for row in counted.order_by("-number", *named))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
