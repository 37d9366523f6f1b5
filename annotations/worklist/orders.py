"""Which order a reader gets.

Triage puts cases in the order of what the model found, so the order itself tells of findings. It
is offered only where no case in sight is read blind with a value of its own. A case that was blind
when its findings came has the value 0 and stands at the end of its priority whatever they are.
"""

from __future__ import annotations

from uuid import UUID

from annotations.worklist.query import Order
from cases.models import Case
from cases.querysets import CaseQuerySet
from cxrportal.accounts.models import Department, User
from cxrportal.accounts.permissions import CLINICIAN, departments_of


def orders_for(user: User, department: UUID | None = None) -> tuple[Order, ...]:
    """The orders that may be chosen for the departments in sight, the one they start with first."""
    mine = {place.pk: place for place in departments_of(user, CLINICIAN)}
    seen = [mine[department]] if department in mine else list(mine.values())
    if any(place.blind_reads for place in seen) or _telling(seen).exists():
        return Order.URGENT, Order.OLDEST, Order.NEWEST
    return tuple(Order)


def _telling(seen: list[Department]) -> CaseQuerySet:
    """Blind cases with a value, where departments read openly and only a case can say otherwise."""
    blind = Case.objects.filter(read_blind=True, department__in=seen, triage__gt=0)
    return blind.active().awaiting_review().order_by()


def order_of(user: User, asked: str, offered: tuple[Order, ...]) -> Order:
    """What was asked for, else what the user chose last, else the first; only what is offered."""
    if asked in offered:
        return Order(asked)
    return Order(user.worklist_order) if user.worklist_order in offered else offered[0]
