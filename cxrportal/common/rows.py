"""Cells of CSV files that a spreadsheet does not run. Pure: no Django.

A spreadsheet runs a cell that begins with = + - @ (also in full width), a tab or a line break. So a
text that begins so, perhaps after spaces, gets one apostrophe in front; and so does a text that
begins with an apostrophe. ``restore`` takes one leading apostrophe away: exact for every text.
"""

from __future__ import annotations

GUARD = "'"
DANGEROUS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


def neutralise(text: str) -> str:
    """The text as a cell that no spreadsheet runs."""
    if text[:1].isalnum():
        return text
    first = text.lstrip(" \u00a0")[:1]
    return GUARD + text if text.startswith(GUARD) or (first and first in DANGEROUS) else text


def restore(cell: str) -> str:
    """The text that ``neutralise`` was given."""
    return cell.removeprefix(GUARD)
