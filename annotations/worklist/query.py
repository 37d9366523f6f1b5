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
    """Age is the time since the case came in."""

    URGENT = "urgent"
    OLDEST = "oldest"
    NEWEST = "newest"


ORDER_BY: dict[Order, tuple[str, ...]] = {
    Order.URGENT: ("priority", "created_at", "pk"),
    Order.OLDEST: ("created_at", "pk"),
    Order.NEWEST: ("-created_at", "-pk"),
}


@dataclass(frozen=True, slots=True)
class WorklistQuery:
    """One question to the worklist. Empty fields ask nothing."""

    tab: Tab = Tab.OPEN
    text: str = ""
    assignee: str = ""  # "me", "none" or nothing
    priority: int | None = None
    study_from: date | None = None
    study_to: date | None = None
    failed: bool = False
    archived: bool = False
    order: Order = Order.URGENT


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: the next one starts after it, whatever came in meanwhile."""

    priority: int
    created_at: datetime
    pk: UUID

    @classmethod
    def of(cls, case: Case) -> Self:
        return cls(case.priority, case.created_at, case.pk)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for a text that is no cursor: the page then starts at the front."""
        try:
            priority, ticks, pk = text.split("-", 2)
            known = Case.Priority(int(priority))
            return cls(known.value, _EPOCH + int(ticks) * _TICK, UUID(pk))
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        return f"{self.priority}-{(self.created_at - _EPOCH) // _TICK}-{self.pk.hex}"

    def after(self, order: Order) -> Q:
        """The rows behind this one in ``order``."""
        older = Q(created_at__lt=self.created_at) | Q(created_at=self.created_at, pk__lt=self.pk)
        newer = Q(created_at__gt=self.created_at) | Q(created_at=self.created_at, pk__gt=self.pk)
        if order is Order.NEWEST:
            return older
        if order is Order.OLDEST:
            return newer
        return Q(priority__gt=self.priority) | (Q(priority=self.priority) & newer)
