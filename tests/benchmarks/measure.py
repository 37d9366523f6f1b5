"""Shared by the benchmarks: medians, and tables that can be pasted into docs/benchmarks.md."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def median_ms(act: Callable[[], object], repeats: int) -> float:
    """Median of ``repeats`` calls in milliseconds, after one that is not counted."""
    act()
    times: list[float] = []
    for _ in range(repeats):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Markdown; the first column is words, the others are numbers."""
    rule = ["---", *("--:" for _ in header[1:])]
    print(f"\n### {title}\n")
    for row in (header, rule, *rows):
        print(f"| {' | '.join(row)} |")
    print(flush=True)
