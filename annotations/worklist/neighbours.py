"""The case after and the case before, in the list that a reader came from."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import Q
from django.utils import timezone

from annotations.models import Review
from annotations.selectors import needs_read_of
from annotations.worklist.filters import asked_for
from annotations.worklist.query import (
    ORDER_BY,
    STATUSES,
    Cursor,
    Tab,
    WorklistQuery,
    turned,
)
from cases.models import Case
from cases.querysets import CaseQuerySet
from cxrportal.accounts.models import User

# Where nothing can be read, a reader who asks for the next case means the next of all.
UNREADABLE = (Tab.PREPARING, Tab.SIGNED)


def next_to_read(user: User, query: WorklistQuery, case: Case) -> Case | None:
    """The next case of the list that waits for ``user`` and that no colleague has claimed.

    After the last one it begins at the front again: what was passed over comes back.
    """
    waiting = _in_tab(asked_for(user, replace(query, unread=True)), query.tab).exclude(pk=case.pk)
    waiting = waiting.filter(Q(assignee=None) | Q(assignee=user))
    names = ORDER_BY[query.order]
    behind = waiting.filter(Cursor.of(case, query.order).beyond(names))
    return behind.order_by(*names).first() or waiting.order_by(*names).first()


def previous_in_list(user: User, query: WorklistQuery, case: Case) -> Case | None:
    """The case before it, read or not; nothing before the first."""
    cases = asked_for(user, replace(query, unread=False)).exclude(pk=case.pk)
    cases = cases.exclude(status__in=STATUSES[Tab.PREPARING])
    names = turned(ORDER_BY[query.order])
    return cases.filter(Cursor.of(case, query.order).beyond(names)).order_by(*names).first()


def _in_tab(cases: CaseQuerySet, tab: Tab) -> CaseQuerySet:
    return cases if tab in UNREADABLE else cases.filter(status__in=STATUSES[tab])


def read_today(user: User) -> int:
    """How many cases ``user`` completed a read of since midnight."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    done = Review.objects.filter(reader=user, completed_at__gte=midnight)
    return done.order_by().values("case").distinct().count()


def waiting_for(user: User) -> int:
    """How many cases wait for ``user`` in all lists."""
    return needs_read_of(user).order_by().count()
