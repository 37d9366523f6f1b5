"""What the readers of a case measured, and which of it the consensus has taken over."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from annotations.adjudication.selectors import LETTERS, Comparison
from annotations.models import Measurement, Review
from annotations.selectors import measured

# of the points of each kind: which are joined by a line
_JOINED = {"length": ((0, 1),), "angle": ((0, 1), (1, 2)), "ctr": ((0, 1), (2, 3))}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line in original pixels."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """One measurement. ``tag`` ties its lines to its row: M1; empty for one of the consensus."""

    tag: str
    key: str
    letter: str
    image: str
    name: str
    text: str
    strokes: tuple[Stroke, ...]
    taken: bool


def taken_id(consensus: Review, measurement: UUID) -> UUID:
    """The client id that a reader's measurement has in the consensus: once taken, it is one row."""
    return uuid5(consensus.pk, str(measurement))


def readers_measurements(
    compared: Comparison, consensus: Review | None
) -> tuple[MeasuredLine, ...]:
    """Of all reads, in their order. One that was taken and then deleted counts as not taken."""
    rows = Measurement.objects.filter(review__in=compared.reviews).select_related("image")
    letters = {review.pk: LETTERS[n] for n, review in enumerate(compared.reviews)}
    taken = _taken(consensus)
    ordered = sorted(rows, key=lambda row: (letters[row.review_id], row.created_at, row.pk))
    return tuple(
        _line(
            row,
            tag=f"M{number}",
            letter=letters[row.review_id],
            taken=consensus is not None and taken_id(consensus, row.pk) in taken,
        )
        for number, row in enumerate(ordered, start=1)
    )


def consensus_measurements(consensus: Review | None) -> tuple[MeasuredLine, ...]:
    rows = Measurement.objects.filter(review=consensus).select_related("image") if consensus else ()
    return tuple(_line(row, tag="", letter="", taken=True) for row in rows)


def _taken(consensus: Review | None) -> frozenset[UUID]:
    if consensus is None:
        return frozenset()
    rows = Measurement.objects.filter(review=consensus)
    return frozenset(rows.values_list("client_id", flat=True))


def _line(row: Measurement, *, tag: str, letter: str, taken: bool) -> MeasuredLine:
    facts = measured(row)
    return MeasuredLine(
        tag=tag,
        key=str(row.pk),
        letter=letter,
        image=str(row.image_id),
        name=facts.name,
        text=facts.text,
        strokes=tuple(Stroke(*row.points[a], *row.points[b]) for a, b in _JOINED[row.kind]),
        taken=taken,
    )
