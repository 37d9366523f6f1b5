"""What a worklist asks for: filters, an order, and the place after which the page starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from django.db.models import Q

from cases.models import Case

S = Case.Status
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Tab(StrEnum):
    """The states of the list, as a reader thinks of them."""

    OPEN = "open"
    PREPARING = "preparing"
    READY = "ready"
    IN_REVIEW = "in_review"
    SIGNED = "signed"
    ALL = "all"


PREPARING = (S.RECEIVED, S.INGESTED, S.ANALYSED)
SIGNED = (S.SIGNED, S.AMENDED)
STATUSES: dict[Tab, tuple[S, ...]] = {
    Tab.OPEN: (*PREPARING, S.PROPOSED, S.IN_REVIEW),
    Tab.PREPARING: PREPARING,
    Tab.READY: (S.PROPOSED,),
    Tab.IN_REVIEW: (S.IN_REVIEW,),
    Tab.SIGNED: SIGNED,
    Tab.ALL: tuple(S),
}
TAB_NAMES: dict[Tab, str] = {
    Tab.OPEN: "Open",
    Tab.PREPARING: "Being prepared",
    Tab.READY: "Ready to read",
    Tab.IN_REVIEW: "In review",
    Tab.SIGNED: "Signed",
    Tab.ALL: "All",
}


class Order(StrEnum):
    """Age is the time since the case came in. What a person set as priority leads both of the
    first two; triage then asks the model, urgent the age."""

    TRIAGE = "triage"
    URGENT = "urgent"
    OLDEST = "oldest"
    NEWEST = "newest"


ORDER_BY: dict[Order, tuple[str, ...]] = {
    Order.TRIAGE: ("priority", "-triage", "created_at", "pk"),
    Order.URGENT: ("priority", "created_at", "pk"),
    Order.OLDEST: ("created_at", "pk"),
    Order.NEWEST: ("-created_at", "-pk"),
}
ORDER_NAMES: dict[Order, str] = {
    Order.TRIAGE: "Model's most urgent first",
    Order.URGENT: "Priority, then oldest",
    Order.OLDEST: "Oldest first",
    Order.NEWEST: "Newest first",
}


def turned(names: tuple[str, ...]) -> tuple[str, ...]:
    """The same order from the other end."""
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in names)


@dataclass(frozen=True, slots=True)
class WorklistQuery:
    """One question to the worklist. Empty fields ask nothing.

    ``assignee``: "me", "none" or a user's key. ``finding``: a code of the vocabulary, sought among
    the findings that the user may see. Ages are in whole years, today.
    """

    tab: Tab = Tab.OPEN
    text: str = ""
    assignee: str = ""
    priority: int | None = None
    department: UUID | None = None
    study_from: date | None = None
    study_to: date | None = None
    received_from: date | None = None
    received_to: date | None = None
    finding: str = ""
    sex: str = ""
    age_from: int | None = None
    age_to: int | None = None
    view: str = ""
    unread: bool = False
    flagged: bool = False
    failed: bool = False
    archived: bool = False
    order: Order = Order.URGENT


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row of the list: a page starts after it, whatever came in meanwhile.

    It goes with the address, so it holds the triage value only where that is the order.
    """

    priority: int
    triage: int
    created_at: datetime
    pk: UUID

    @classmethod
    def of(cls, case: Case, order: Order) -> Self:
        triage = case.triage if order is Order.TRIAGE else 0
        return cls(case.priority, triage, case.created_at, case.pk)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for a text that is no cursor: the page then starts at the front."""
        try:
            priority, triage, ticks, pk = text.split("-", 3)
            known = Case.Priority(int(priority))
            return cls(known.value, int(triage), _EPOCH + int(ticks) * _TICK, UUID(pk))
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        ticks = (self.created_at - _EPOCH) // _TICK
        return f"{self.priority}-{self.triage}-{ticks}-{self.pk.hex}"

    def pieces(self, names: tuple[str, ...]) -> tuple[Q, ...]:
        """The rows behind this one in the order of ``names`` (as for ``order_by``), in pieces that
        do not overlap. Each is one stretch of an index that holds that order.
        """
        *leading, last, key = names
        found, same = [], Q()
        for name in leading:
            found.append(same & self._compared(name))
            same &= Q(**{name.removeprefix("-"): getattr(self, name.removeprefix("-"))})
        later = self._compared(last) | self._compared(key)
        return (*found, same & self._compared(last, "e") & later)

    def _compared(self, name: str, or_equal: str = "") -> Q:
        field = name.removeprefix("-")
        way = "lt" if name.startswith("-") else "gt"
        return Q(**{f"{field}__{way}{or_equal}": getattr(self, field)})
