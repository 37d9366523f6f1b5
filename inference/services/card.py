"""A model card's Markdown as blocks that a template draws and escapes: no HTML passes through.

Known are headings, paragraphs, lists, tables and, within a line, code and strong text: what cards
are written in. Anything else is shown as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADING = re.compile(r"(#{1,6})\s+(.*)")
RULE = re.compile(r"\|?[\s:|-]+\|?")
MARKED = re.compile(r"(`[^`]+`|\*\*[^*]+\*\*)")


@dataclass(frozen=True, slots=True)
class Span:
    """``kind``: text, code or strong."""

    kind: str
    text: str


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """``kind``: heading, paragraph, list or table. ``rows``: lines or items; cells of a table."""

    kind: str
    rows: tuple[tuple[Line, ...], ...]

    @property
    def line(self) -> Line:
        """The only line of a heading or paragraph."""
        return self.rows[0][0]

    @property
    def body(self) -> tuple[tuple[Line, ...], ...]:
        """A table without its head."""
        return self.rows[1:]


def card_blocks(text: str) -> tuple[Block, ...]:
    """The blocks in order. The first heading of the first level is left out: the page has it."""
    blocks: list[Block] = []
    group: list[str] = []
    for line in [*text.splitlines(), ""]:
        if group and _kind(line) != _kind(group[0]) and not _goes_on(group, line):
            blocks += _block(group)
            group = []
        if line.strip():
            group.append(line.rstrip())
    return tuple(blocks)


def card_section(text: str, title: str) -> tuple[str, ...]:
    """Paragraphs and list items under the heading ``title``, as plain text; empty without one."""
    found: list[str] = []
    inside = False
    for block in card_blocks(text):
        if block.kind == "heading":
            inside = _plain(block.line).casefold() == title.casefold()
        elif inside and block.kind in ("paragraph", "list"):
            found += [_plain(row[0]) for row in block.rows]
    return tuple(found)


def _plain(line: Line) -> str:
    return "".join(span.text for span in line)


def _kind(line: str) -> str:
    bare = line.strip()
    if not bare:
        return ""
    if HEADING.fullmatch(bare):
        return "heading"
    if bare.startswith("|"):
        return "table"
    return "list" if bare.startswith(("- ", "* ")) else "paragraph"


def _goes_on(group: list[str], line: str) -> bool:
    """An indented line belongs to the list item above it."""
    return _kind(group[0]) == "list" and line.startswith("  ") and bool(line.strip())


def _block(group: list[str]) -> list[Block]:
    kind = _kind(group[0])
    if kind == "heading":
        return [
            Block("heading", ((spans(found[2]),),))
            for line in group
            if (found := HEADING.fullmatch(line.strip())) and len(found[1]) > 1
        ]
    if kind == "table":
        rows = [line.strip().strip("|").split("|") for line in group if not RULE.fullmatch(line)]
        return [Block("table", tuple(tuple(spans(cell.strip()) for cell in row) for row in rows))]
    if kind == "list":
        items: list[str] = []
        for line in group:
            if _kind(line) == "list":
                items.append(line.strip()[2:])
            else:
                items[-1] += " " + line.strip()
        return [Block("list", tuple((spans(item),) for item in items))]
    return [Block("paragraph", ((spans(" ".join(line.strip() for line in group)),),))]


def spans(text: str) -> Line:
    """One line in parts."""
    found = []
    for part in MARKED.split(text):
        if part.startswith("`") and len(part) > 2:
            found.append(Span("code", part[1:-1]))
        elif part.startswith("**") and len(part) > 4:
            found.append(Span("strong", part[2:-2]))
        elif part:
            found.append(Span("text", part))
    return tuple(found)
