"""A report as blocks, written as Markdown or as one HTML page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """\
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
  color: #1c2024; background: #fff; }
h1, h2, h3 { line-height: 1.2; margin: 2rem 0 0.5rem; }
table { border-collapse: collapse; margin: 0.75rem 0 1.25rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.7rem; border-bottom: 1px solid #d9dde1; text-align: left; }
th { border-bottom: 2px solid #8b939b; }
td:not(:first-child), th:not(:first-child) { text-align: right; }
td:not(.words) { white-space: nowrap; }
td.words, th.words { text-align: left; }
.scroll { overflow-x: auto; }
figure { margin: 1.25rem 0; }
figure svg, figure img { max-width: 100%; height: auto; }
figcaption { color: #565e66; }
code { overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e8ea; background: #16181b; }
  th, td { border-color: #3a4046; }
  figcaption { color: #a3abb3; }
  figure svg, figure img { background: #fff; }
}
"""


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text with `code` in backquotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` are as wide as ``head``. ``name``: of the CSV file it is also written to."""

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """``file``: of the picture, relative to the document. ``svg``: put into the page itself."""

    file: str
    caption: str
    svg: str = ""


Block = Heading | Paragraph | Bullets | Table | Figure


def to_markdown(blocks: Sequence[Block]) -> str:
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {text}"
        case Paragraph(text):
            return text
        case Bullets(items):
            return "\n".join(f"- {item}" for item in items)
        case Table(_, head, rows):
            lines = (head, ("---",) * len(head), *rows)
            return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
        case Figure(file, caption):
            return f"![{caption}]({file})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def to_html(title: str, blocks: Sequence[Block]) -> str:
    """One page without scripts or outside files, but for pictures that have no ``svg``."""
    body = "\n".join(_html(block) for block in blocks)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _html(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{_inline(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{_inline(text)}</p>"
        case Bullets(items):
            return "<ul>\n" + "\n".join(f"<li>{_inline(item)}</li>" for item in items) + "\n</ul>"
        case Table():
            return _html_table(block)
        case Figure(file, caption, svg):
            picture = svg or f'<img src="{escape(file)}" alt="{escape(caption)}">'
            return f"<figure>{picture}<figcaption>{_inline(caption)}</figcaption></figure>"


def _html_table(table: Table) -> str:
    # A column of sentences reads from the left; numbers and short words stand to the right.
    wordy = [any(len(row[k]) > 40 for row in table.rows) for k in range(len(table.head))]
    lines = []
    for tag, row in (("th", table.head), *(("td", row) for row in table.rows)):
        cells = [
            f"<{tag}{' class=words' if words else ''}>{_inline(cell)}</{tag}>"
            for cell, words in zip(row, wordy, strict=True)
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    head, *rows = lines
    body = "\n".join(rows)
    return (
        f'<div class="scroll"><table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>\n'
        "</table></div>"
    )


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
