"""Numbers as lines and bars: geometry only, drawn as SVG attributes by the templates."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.comparison.agreement import OverrideLine
from annotations.comparison.statistics import Estimate

WIDTH = 240.0
LEAST, MOST = -0.4, 1.0  # kappas below the left end are drawn at it
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Whisker:
    """A number with its interval on an axis of 240 units; ``words`` is the same in figures."""

    low: float
    value: float
    high: float
    words: str


@dataclass(frozen=True, slots=True)
class Segment:
    x: float
    width: float
    kind: str


def on_axis(value: float) -> float:
    """Place of a kappa or a share, 0 to 240."""
    inside = min(MOST, max(LEAST, value))
    return round((inside - LEAST) / (MOST - LEAST) * WIDTH, 1)


def whisker(estimate: Estimate) -> Whisker | None:
    """None where there is no number."""
    found = estimate.interval
    if found is None:
        return None
    words = f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
    return Whisker(on_axis(found.low), on_axis(found.value), on_axis(found.high), words)


def segments(line: OverrideLine) -> tuple[Segment, ...]:
    """What became of the shown proposals as one bar."""
    parts = (
        (line.accepted, "accepted"),
        (line.corrected, "corrected"),
        (line.rejected, "rejected"),
        (line.undecided, "undecided"),
    )
    made: list[Segment] = []
    x = 0.0
    for number, kind in parts:
        width = round(number / max(1, line.shown) * WIDTH, 1)
        if number:
            made.append(Segment(round(x, 1), width, kind))
        x += width
    return tuple(made)
