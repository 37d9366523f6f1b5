"""The files of a report: metrics.json, tables, figures, and the document in two forms."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from inference.evaluation.document import Block, Figure, Heading, to_html, to_markdown
from inference.evaluation.figures import Drawn, draw_all, write_figures
from inference.evaluation.report import full_report
from inference.evaluation.results import METRICS, ModelResult, Report, write_report
from inference.evaluation.tables import csv_tables

FIGURES, TABLES, DOCUMENT = "figures", "tables", "report"


def is_installed(package: str) -> bool:
    """Whether an optional package is there, without importing it."""
    return find_spec(package) is not None


def figures_of(models: tuple[ModelResult, ...], *, png: bool = True) -> tuple[Drawn, ...]:
    """None where matplotlib is not installed: it is optional."""
    return draw_all(models, png=png) if is_installed("matplotlib") else ()


def as_blocks(drawn: tuple[Drawn, ...]) -> list[Figure]:
    """The figures as they stand in a document beside their folder."""
    return [Figure(f"{FIGURES}/{item.name}.png", item.caption, item.svg) for item in drawn]


def write_all(report: Report, folder: Path, *, figures: bool = True) -> None:
    """metrics.json last: where it stands, the others are whole."""
    (folder / TABLES).mkdir(parents=True, exist_ok=True)
    for name, text in csv_tables(report).items():
        (folder / TABLES / name).write_text(text, encoding="utf-8")
    drawn = figures_of(report.models) if figures else ()
    if drawn:
        write_figures(drawn, folder / FIGURES)
    blocks = full_report(report)
    # Below the title and what warns of it.
    first = next(k for k, block in enumerate(blocks) if k and isinstance(block, Heading))
    whole: list[Block] = [*blocks[:first], *as_blocks(drawn), *blocks[first:]]
    (folder / f"{DOCUMENT}.md").write_text(to_markdown(whole), encoding="utf-8")
    (folder / f"{DOCUMENT}.html").write_text(to_html("Evaluation", whole), encoding="utf-8")
    write_report(report, folder / METRICS)
