"""One HTML file that holds everything: tables, and the figures inside it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from inference.eda.profile import Profile

Cells = tuple[str, ...]
STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0 1.5rem; }
th, td { border-bottom: 1px solid #8886; padding: .25rem .75rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
img { background: #fff; display: block; margin: 1rem 0; max-width: 100%; }
.scroll { overflow-x: auto; }
"""


def write_report(data: Profile, figures: dict[str, Path], title: str, path: Path) -> None:
    """A page without a script or an outside file; the same data gives the same bytes."""
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{STYLE}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        _summary(data),
        "<h2>Classes</h2>",
        _table(*class_table(data)),
        "<h2>Doubtful values</h2>",
        _problems(data),
        "<h2>Agreement</h2>",
        _agreement(data),
        "<h2>Figures</h2>",
        *(_picture(name, figure) for name, figure in figures.items()),
        "</main></body></html>",
    ]
    part = path.with_suffix(".part")
    part.write_text("\n".join(parts) + "\n", encoding="utf-8")
    part.replace(path)


def class_table(data: Profile) -> tuple[Cells, Sequence[Cells]]:
    """Header and rows of the table of class imbalance."""
    head = (
        "Class",
        "Annotations",
        "Boxes",
        "Images",
        "% of images",
        "Share of the largest",
        "Median box area, % of image",
    )
    rows = [
        (
            row.label,
            f"{row.statements:,}",
            f"{row.boxes:,}",
            f"{row.images:,}",
            f"{row.share * 100:.1f}",
            f"{row.per_largest:.3f}",
            f"{row.area_percent[2]:.2f}" if row.area_percent else "",
        )
        for row in sorted(data.classes, key=lambda row: -row.images)
    ]
    return head, rows


def _summary(data: Profile) -> str:
    return (
        f"<p>{data.images:,} images, {data.statements:,} annotations by "
        f"{len(data.readers):,} readers, {len(data.classes)} classes. No reader found anything on "
        f"{data.images_without_finding:,} images; {data.images_not_read:,} were not read.</p>"
    )


def _problems(data: Profile) -> str:
    if not data.problems:
        return "<p>None of the values looked for was found.</p>"
    head = ("What", "Count", "For example")
    rows = [(item.meaning, f"{item.count:,}", ", ".join(item.examples)) for item in data.problems]
    return _table(head, rows)


def _agreement(data: Profile) -> str:
    if not data.agreement:
        return "<p>No image was read by two readers: agreement cannot be told.</p>"
    head = (
        "Class", "Images read by two or more", "with the class", "Fleiss' kappa", "95 %",
        "mean box IoU", "boxes matched at 0.4",
    )  # fmt: skip
    rows = [
        (
            row.label,
            f"{row.images:,}",
            f"{row.positives:,}",
            _number(row.kappa),
            f"{_number(row.low)} to {_number(row.high)}" if row.low == row.low else "",
            _number(row.box_iou),
            _number(row.box_matched_share),
        )
        for row in data.agreement
    ]
    return _table(head, rows)


def _number(value: float) -> str:
    return f"{value:.3f}" if value == value else ""


def _table(head: Cells, rows: Sequence[Cells]) -> str:
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    table = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll">{table}</div>'


def _picture(name: str, path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    words = name.replace("_", " ")
    return f'<img alt="Figure: {escape(words)}" src="data:image/png;base64,{data}">'
