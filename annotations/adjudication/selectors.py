"""The completed reads of a case side by side, and what an adjudicator has settled of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from annotations.comparison.changes import ReadChanges, read_changes
from annotations.comparison.matching import Group, match_reads
from annotations.comparison.types import StatedRead
from annotations.models import Review, Ruling
from annotations.selectors import (
    committed_read,
    completed_reads,
    consensus_review,
    may_settle,
    needs_adjudication_by,
    settled_by,
    stated_read,
)
from cases.models import Case
from cxrportal.accounts.models import User

QUEUE_SHOWN = 100
LETTERS = "ABCDEFGH"  # of the reads, in the order in which they were completed


@dataclass(frozen=True, slots=True)
class Comparison:
    """The reads in the order in which they were completed; ``groups`` have a member a read."""

    reviews: tuple[Review, ...]
    reads: tuple[StatedRead, ...]
    groups: tuple[Group, ...]

    @property
    def agreed(self) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.agreed)

    @property
    def differences(self) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if not group.agreed)


def comparison_of(case: Case) -> Comparison:
    """In three queries."""
    reviews = tuple(completed_reads(case).prefetch_related("findings"))
    reads = tuple(stated_read(review) for review in reviews)
    return Comparison(reviews, reads, match_reads([read.findings for read in reads]))


def rulings_of(review: Review) -> dict[str, str]:
    """Settled differences: key of the difference -> key of the finding taken, or nothing."""
    rows = Ruling.objects.filter(review=review).values_list("difference", "taken")
    return {str(difference): str(taken) if taken else "" for difference, taken in rows}


def open_adjudication(case: Case) -> Review | None:
    """The consensus that somebody is writing now."""
    being_written = Review.objects.filter(kind=Review.Kind.CONSENSUS, state=Review.State.OPEN)
    return being_written.filter(case=case, amends=None).select_related("reader").first()


def may_compare(user: User, case: Case) -> bool:
    """Who sees the reads side by side: whoever may settle them or has, and once there is a
    consensus those who read.
    """
    mine = Review.objects.filter(case=case, reader=user)
    if mine.filter(kind=Review.Kind.CONSENSUS, amends=None).exists() or may_settle(user, case):
        return True
    read = mine.reads().filter(state=Review.State.COMPLETED).exists()
    return read and consensus_review(case) is not None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A case to settle. ``settled_by``: who has begun."""

    case: Case
    readers: tuple[str, ...]
    differences: int
    settled_by: str


def queue_rows(user: User) -> list[QueueRow]:
    """At most 100, the oldest first: those that differ, then those that agree and are unsigned."""
    waiting = settled_by(user).select_related("patient", "department").oldest_first()
    differing = waiting.filter(pk__in=needs_adjudication_by(user))
    rows = [_queue_row(case) for case in differing[:QUEUE_SHOWN]]
    agreeing = waiting.exclude(pk__in=needs_adjudication_by(user))
    return rows + [_queue_row(case) for case in agreeing[: QUEUE_SHOWN - len(rows)]]


def _queue_row(case: Case) -> QueueRow:
    compared = comparison_of(case)
    open_one = open_adjudication(case)
    return QueueRow(
        case=case,
        readers=tuple(str(review.reader) for review in compared.reviews),
        differences=len(compared.differences),
        settled_by=str(open_one.reader) if open_one else "",
    )


@dataclass(frozen=True, slots=True)
class OwnRead:
    """``changes`` since the commit, or none where the read was not blind."""

    review: Review
    committed: StatedRead | None
    changes: ReadChanges | None


class OwnReads(Sequence[OwnRead]):
    """One's reads, the last one first; rows are compared when their page is."""

    def __init__(self, reviews: QuerySet[Review]) -> None:
        self.reviews = reviews

    def __len__(self) -> int:
        return self.reviews.count()

    def __getitem__(self, part: Any) -> Any:
        return [_own_read(review) for review in self.reviews[part]]


def own_reads(user: User) -> OwnReads:
    kept = Q(state=Review.State.COMPLETED) | Q(committed__isnull=False)
    reviews = Review.objects.visible_to(user).reads().filter(kept, reader=user)
    reviews = reviews.select_related("case__patient", "committed").prefetch_related("findings")
    return OwnReads(reviews.order_by("-opened_at", "-id"))


def _own_read(review: Review) -> OwnRead:
    before = committed_read(review)
    return OwnRead(review, before, read_changes(before, stated_read(review)) if before else None)


def unsettled(review: Review) -> int:
    """How many differences of the reads this adjudication leaves open. An amendment has none."""
    if review.kind != Review.Kind.CONSENSUS or review.amends_id:
        return 0
    settled = rulings_of(review)
    return sum(group.first.key not in settled for group in comparison_of(review.case).differences)


def difference_of(comparison: Comparison, key: UUID) -> Group | None:
    """The difference whose first finding this is."""
    return next((g for g in comparison.differences if g.first.key == str(key)), None)
