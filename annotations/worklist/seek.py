"""The first rows of a list in its order, found along the indexes however many cases there are.

An index holds an order within one department and one state, so a list of several is asked branch
by branch: the first rows of the whole are among the first rows of its branches.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from annotations.worklist.filters import Candidates
from annotations.worklist.query import Cursor
from cases.models import Case
from cases.querysets import CaseQuerySet

# Each branch costs time to plan; past so many the database sorts the whole list sooner.
MOST_BRANCHES = 90


def first_in_order(
    found: Candidates,
    places: tuple[Sequence[UUID], Sequence[str]],
    names: tuple[str, ...],
    limit: int,
    after: Cursor | None = None,
) -> CaseQuerySet:
    """Up to ``limit`` of the candidates in these departments and states, ordered by ``names``.

    ``after``: only rows behind this one.
    """
    cases, (departments, statuses) = found.cases, places
    behind = (Q(),) if after is None else after.pieces(names)
    if found.few or len(departments) * len(statuses) * len(behind) > MOST_BRANCHES:
        rows = cases.filter(reduce(or_, behind), department__in=departments, status__in=statuses)
        return rows.order_by(*names)[:limit]
    branches = [
        _first(cases.filter(piece, department=department, status=status), names, limit)
        for department, status, piece in product(departments, statuses, behind)
    ]
    if not branches:
        return cases.none()
    keys = branches[0].union(*branches[1:], all=True) if len(branches) > 1 else branches[0]
    return Case.objects.filter(pk__in=keys).order_by(*names)[:limit]


def _first(cases: CaseQuerySet, names: tuple[str, ...], limit: int) -> QuerySet[Case, Any]:
    """Keys of the first rows of one branch, as a query that may be part of a union."""
    rows = cases.order_by(*names).values("pk")[:limit]
    # SQLite takes a limit within a union only one level further down.
    return Case.objects.order_by().filter(pk__in=rows).values("pk")
