"""Annotation files to figures, tables and a report."""

from __future__ import annotations

import csv
from pathlib import Path

from inference.eda.plots import save_figures
from inference.eda.profile import Profile, profile
from inference.eda.report import class_table, write_report
from inference.eda.types import Annotations


def explore(table: Annotations, out: Path, title: str) -> Profile:
    """Write ``figures/*.png|svg``, ``classes.csv``, ``doubtful.csv`` and ``report.html``."""
    out.mkdir(parents=True, exist_ok=True)
    data = profile(table)
    figures = save_figures(data, out / "figures")
    head, rows = class_table(data)
    _write_csv(out / "classes.csv", [head, *rows])
    doubtful = [
        (item.code, item.meaning, str(item.count), " ".join(item.examples))
        for item in data.problems
    ]
    _write_csv(out / "doubtful.csv", [("code", "meaning", "count", "examples"), *doubtful])
    write_report(data, figures, title, out / "report.html")
    return data


def _write_csv(path: Path, rows: list[tuple[str, ...]]) -> None:
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    part.replace(path)
