"""Numbers as people read them."""

from __future__ import annotations

import math

from inference.evaluation.bootstrap import Interval

NOTHING = "none"


def number(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else NOTHING


def with_interval(interval: Interval) -> str:
    """``0.744 (0.71 to 0.77)``; a star where resamples without a value had to be left out."""
    if not interval.resamples or not math.isfinite(interval.value):
        return number(interval.value)
    star = "*" if interval.left_out else ""
    return f"{number(interval.value)} ({interval.low:.2f} to {interval.high:.2f}){star}"


def signed(interval: Interval) -> str:
    """A difference, with its sign."""
    if not interval.resamples:
        return NOTHING
    low, high = interval.low, interval.high
    return f"{interval.value:+.3f} ({low:+.3f} to {high:+.3f})"


def threshold(value: float) -> str:
    return "never" if value >= 1.0 else number(value, 2)


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100.0 * part / whole:.0f} %)" if whole else NOTHING


def listed(names: list[str]) -> str:
    return ", ".join(names)
