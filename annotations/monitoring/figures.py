"""Bars as numbers for a server-made SVG: no script and no inline style is needed to see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, TOP, BOTTOM, LEFT = 480, 140, 14, 20, 34


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in the figure; ``part_height``: of its lower, differently coloured part."""

    x: float
    y: float
    width: float
    height: float
    part_height: float
    name: str
    value: str

    @property
    def part_y(self) -> float:
        return self.y + self.height - self.part_height

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Bars:
    """``top``: what the highest bar stands for."""

    bars: tuple[Bar, ...]
    top: float
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - BOTTOM
    left: int = LEFT


def bars_of(rows: Sequence[tuple[str, int, int]]) -> Bars:
    """(name, whole, part of it) from left to right."""
    top = max((whole for _, whole, _ in rows), default=0)
    step = (WIDTH - LEFT) / max(len(rows), 1)
    width = min(step * 0.7, 48.0)
    room = HEIGHT - TOP - BOTTOM
    bars = []
    for place, (name, whole, part) in enumerate(rows):
        height = room * whole / top if top else 0.0
        share = room * part / top if top else 0.0
        x = LEFT + place * step + (step - width) / 2
        y = HEIGHT - BOTTOM - height
        words = f"{whole}, {part} of them failed" if part else f"{whole}"
        place_px = (_tenth(x), _tenth(y))
        size_px = (_tenth(width), _tenth(height))
        bars.append(Bar(*place_px, *size_px, _tenth(share), name, words))
    return Bars(tuple(bars), float(top))


def _tenth(value: float) -> float:
    return round(value, 1)


@dataclass(frozen=True, slots=True)
class Column:
    """One bin of two histograms: heights in percent of the highest bin of both."""

    x: int
    before: float
    now: float

    @property
    def before_y(self) -> float:
        return round(40 - self.before, 1)

    @property
    def now_y(self) -> float:
        return round(40 - self.now, 1)


def columns_of(before: Sequence[float], now: Sequence[float]) -> tuple[Column, ...]:
    """Two histograms side by side in a figure of 12 by 40 units a bin."""
    top = max((*before, *now), default=0.0) or 1.0
    padded = before or [0.0] * len(now)
    return tuple(
        Column(12 * place, round(40 * b / top, 1), round(40 * n / top, 1))
        for place, (b, n) in enumerate(zip(padded, now, strict=True))
    )
