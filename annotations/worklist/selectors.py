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

from django.db.models import Exists, IntegerField, OuterRef, Subquery
from django.utils import timezone

from annotations.models import Flag
from annotations.worklist.filters import Candidates, candidates, places
from annotations.worklist.query import ORDER_BY, STATUSES, Cursor, Tab, WorklistQuery
from annotations.worklist.seek import first_in_order
from cases.models import Case, Image
from cxrportal.accounts.models import User
from inference.models import InferenceRun
from patients.age import age_on

PAGE_SIZE = 50
COUNTED_UP_TO = 10_000
# Where each case has to be asked whether it fits, counting more would cost more than it tells.
SOUGHT_UP_TO = 1_000
OPEN_TABS = (Tab.PREPARING, Tab.READY, Tab.IN_REVIEW)
COUNTED_TABS = (*OPEN_TABS, Tab.SIGNED)
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


def worklist_page(
    user: User, query: WorklistQuery, after: str = "", found: Candidates | None = None
) -> WorklistPage:
    """Up to 50 cases in two queries, whatever the size of the list. ``found``: if they were asked
    for already.
    """
    where, names = places(user, query, STATUSES[query.tab]), ORDER_BY[query.order]
    found = found or candidates(user, query)
    cases = first_in_order(found, where, names, PAGE_SIZE + 1, Cursor.parse(after))
    mine = Flag.objects.filter(user=user, case=OuterRef("pk"))
    cases = cases.select_related("patient", "assignee").annotate(is_flagged=Exists(mine))
    rows = list(cases)
    shown = rows[:PAGE_SIZE]
    more = str(Cursor.of(shown[-1], query.order)) if len(rows) > PAGE_SIZE else ""
    return WorklistPage(rows_of(shown), more)


def counts(user: User, query: WorklistQuery, found: Candidates | None = None) -> dict[Tab, str]:
    """How many cases each tab holds, in words: "12", or "10,000+" past what is worth counting."""
    found = found or candidates(user, query)
    cap = SOUGHT_UP_TO if (query.text or query.finding) and not found.few else COUNTED_UP_TO
    each = {
        tab.value: _RowCount(_rows(found, places(user, query, STATUSES[tab])[1], cap + 1))
        for tab in COUNTED_TABS
    }
    # One row, of whoever asks, so that all are counted in one query.
    number = Counter(User.objects.filter(pk=user.pk).values(**each).get())
    number[Tab.OPEN] = sum(number[tab] for tab in OPEN_TABS)
    number[Tab.ALL] = number[Tab.OPEN] + number[Tab.SIGNED]
    return {tab: in_words(number[tab], cap) for tab in Tab}


class _RowCount(Subquery):
    """The number of rows of a query, which may have a limit: nothing is counted past it."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0


def _rows(found: Candidates, states: Sequence[str], limit: int) -> Any:
    """Of a column that the index of states holds, so that the index alone answers."""
    return found.cases.filter(status__in=states).order_by().values("status")[:limit]


def in_words(number: int, cap: int = COUNTED_UP_TO) -> str:
    return f"{number:,}" if number <= cap else f"{cap:,}+"


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
