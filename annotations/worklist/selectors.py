"""The worklist: one page of cases, and how many there are of each state.

A line shows nothing that a model or a reader found, so that a blind read stays blind; what may be
asked about findings is in ``filters``, and which order in ``orders``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Subquery
from django.utils import timezone

from annotations.models import Flag
from annotations.worklist.filters import asked_for
from annotations.worklist.query import ORDER_BY, STATUSES, Cursor, Tab, WorklistQuery
from cases.models import Case, Image
from cases.querysets import CaseQuerySet
from cxrportal.accounts.models import User
from inference.models import InferenceRun
from patients.age import age_on

PAGE_SIZE = 50
COUNTED_UP_TO = 10_000
OPEN_TABS = (Tab.PREPARING, Tab.READY, Tab.IN_REVIEW)
FAILED = Image.State.FAILED
DONE = Image.State.DONE


@dataclass(frozen=True, slots=True)
class Analysis:
    """Where the images of a case stand. ``tone`` names the colour, never the only sign."""

    words: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One case as a line of a list. ``age_years`` is the patient's, ``waited`` the case's.

    ``file_name``: of its first image, where nothing else tells whose it is; else empty.
    """

    case: Case
    age_years: int | None
    waited: str
    analysis: Analysis
    thumbnail_url: str
    flagged: bool
    file_name: str


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """Rows, and the cursor of the page after them (empty on the last)."""

    rows: tuple[WorklistRow, ...]
    after: str


def worklist_page(user: User, query: WorklistQuery, after: str = "") -> WorklistPage:
    """Up to 50 cases in two queries, whatever the size of the list."""
    cases = asked_for(user, query).filter(status__in=STATUSES[query.tab])
    cursor = Cursor.parse(after)
    if cursor is not None:
        cases = cases.filter(cursor.beyond(ORDER_BY[query.order]))
    mine = Flag.objects.filter(user=user, case=OuterRef("pk"))
    cases = cases.select_related("patient", "assignee").annotate(is_flagged=Exists(mine))
    found = list(cases.order_by(*ORDER_BY[query.order])[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    more = str(Cursor.of(shown[-1], query.order)) if len(found) > PAGE_SIZE else ""
    return WorklistPage(rows_of(shown), more)


def counts(user: User, query: WorklistQuery) -> dict[Tab, str]:
    """How many cases each tab holds, in words: "12", or "10,000+" past what is worth counting."""
    cases = asked_for(user, query)
    number = _counts(cases)
    number[Tab.OPEN] = sum(number[tab] for tab in OPEN_TABS)
    number[Tab.ALL] = number[Tab.OPEN] + number[Tab.SIGNED]
    return {tab: in_words(number[tab]) for tab in Tab}


def _counts(cases: CaseQuerySet) -> dict[Tab, int]:
    """Of what is open and of what is signed, in one query; where very many are open, tab by tab
    up to the cap.
    """
    limit = len(OPEN_TABS) * COUNTED_UP_TO + 1
    unsigned = _by_status(cases, Tab.OPEN, limit)
    signed = _by_status(cases, Tab.SIGNED, COUNTED_UP_TO + 1)
    by_status = dict(unsigned.union(signed, all=True))
    tabs = (*OPEN_TABS, Tab.SIGNED)
    number = {tab: sum(by_status.get(s, 0) for s in STATUSES[tab]) for tab in tabs}
    if sum(number[tab] for tab in OPEN_TABS) == limit:
        for tab in OPEN_TABS:
            number[tab] = counted(cases.filter(status__in=STATUSES[tab]))
    return number


def _by_status(cases: CaseQuerySet, tab: Tab, limit: int) -> Any:
    """(status, number) of up to ``limit`` cases of a tab."""
    rows = cases.filter(status__in=STATUSES[tab]).order_by().values("pk")[:limit]
    few = Case.objects.filter(pk__in=rows)
    return few.order_by().values_list("status").annotate(number=Count("pk"))


def counted(cases: CaseQuerySet) -> int:
    """The number of rows, up to one past the cap."""
    return cases.order_by()[: COUNTED_UP_TO + 1].count()


def in_words(number: int) -> str:
    return f"{number:,}" if number <= COUNTED_UP_TO else f"{COUNTED_UP_TO:,}+"


def rows_of(cases: Sequence[Case]) -> tuple[WorklistRow, ...]:
    """Lines of a list, in one query. The patients of ``cases`` should be loaded already."""
    images = _images([case.pk for case in cases])
    return tuple(_row(case, images.get(case.pk, [])) for case in cases)


@dataclass(frozen=True, slots=True)
class _Picture:
    """One image of a case: how far it got, and its thumbnail once there is one."""

    standing: str
    thumbnail_url: str
    file_name: str


def _row(case: Case, images: list[_Picture]) -> WorklistRow:
    patient = case.patient
    nameless = not (patient.name or patient.mrn or patient.claimed_mrn)
    return WorklistRow(
        case=case,
        age_years=age_on(patient.birth_date, case.study_day),
        waited=duration(timezone.now() - case.created_at),
        analysis=analysis_of([image.standing for image in images]),
        thumbnail_url=next((i.thumbnail_url for i in images if i.thumbnail_url), ""),
        flagged=getattr(case, "is_flagged", False),
        file_name=next((i.file_name for i in images), "") if nameless else "",
    )


def _images(case_ids: list[UUID]) -> dict[UUID, list[_Picture]]:
    """The images of each case, in the order in which they came; the newest run speaks."""
    runs = InferenceRun.objects.filter(image=OuterRef("pk")).order_by("-created_at")
    images = Image.objects.filter(case__in=case_ids).order_by("created_at", "pk")
    images = images.annotate(newest=Subquery(runs.values("state")[:1]))
    names = ("case_id", "pk", "state", "newest", "thumbnail_key", "original_name")
    columns = images.values_list(*names)
    found: dict[UUID, list[_Picture]] = {}
    for case_id, pk, ingest, newest, key, name in columns:
        url = f"/api/v1/images/{pk}/thumbnail/" if key else ""
        picture = _Picture(standing(ingest, newest or ""), url, name)
        found.setdefault(case_id, []).append(picture)
    return found


def standing(ingest: str, analysis: str) -> str:
    """How far one image got, in a word or two; ``analysis`` is empty where no run exists."""
    if ingest == FAILED:
        return "not readable"
    if ingest != DONE:
        return "waiting"
    return str(InferenceRun.State(analysis or InferenceRun.State.WAITING).label).lower()


TONES = {"not readable": "danger", "failed": "danger", "running": "accent", "waiting": ""}


def analysis_of(images: Sequence[str]) -> Analysis:
    """All images of a case in words, the worst first: ``"Done"``, ``"1 failed, 2 done"``."""
    if not images:
        return Analysis("No image")
    number = Counter(images)
    present = [name for name in (*TONES, "done") if number[name]]
    tone = TONES.get(present[0], "ok")
    if len(images) == 1:
        return Analysis(present[0].capitalize(), tone)
    return Analysis(", ".join(f"{number[name]} {name}" for name in present), tone)


def duration(span: timedelta) -> str:
    """Minutes up to 2 h, hours up to 2 days, then days: ``"47 min"``, ``"5 h"``, ``"9 d"``."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
