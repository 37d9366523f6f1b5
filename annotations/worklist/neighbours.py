"""The case after and the case before, in the list that a reader came from."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import Q
from django.utils import timezone

from annotations.models import Review
from annotations.selectors import needs_read_of
from annotations.worklist.filters import candidates, places
from annotations.worklist.query import (
    ORDER_BY,
    STATUSES,
    Cursor,
    Tab,
    WorklistQuery,
    turned,
)
from annotations.worklist.seek import first_in_order
from cases.models import Case
from cxrportal.accounts.models import User

# Where nothing can be read, a reader who asks for the next case means the next of all.
UNREADABLE = (Tab.PREPARING, Tab.SIGNED)


def next_to_read(user: User, query: WorklistQuery, case: Case) -> Case | None:
    """The next case of the list that waits for ``user`` and that no colleague has claimed.

    After the last one it begins at the front again: what was passed over comes back.
    """
    query = replace(query, unread=True)
    free = Q(assignee=None) | Q(assignee=user)
    waiting = candidates(user, query)
    waiting = replace(waiting, cases=waiting.cases.exclude(pk=case.pk).filter(free))
    tab = Tab.ALL if query.tab in UNREADABLE else query.tab
    where, names = places(user, query, STATUSES[tab]), ORDER_BY[query.order]
    here = Cursor.of(case, query.order)
    behind = first_in_order(waiting, where, names, 1, here)
    return behind.first() or first_in_order(waiting, where, names, 1).first()


def previous_in_list(user: User, query: WorklistQuery, case: Case) -> Case | None:
    """The case before it, read or not; nothing before the first."""
    query = replace(query, unread=False)
    found = candidates(user, query)
    prepared = [status for status in Case.Status if status not in STATUSES[Tab.PREPARING]]
    where, names = places(user, query, prepared), turned(ORDER_BY[query.order])
    return first_in_order(found, where, names, 1, Cursor.of(case, query.order)).first()


def read_today(user: User) -> int:
    """How many cases ``user`` completed a read of since midnight."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    done = Review.objects.filter(reader=user, completed_at__gte=midnight)
    return done.order_by().values("case").distinct().count()


def waiting_for(user: User) -> int:
    """How many cases wait for ``user`` in all lists."""
    return needs_read_of(user).order_by().count()
