"""Fonts of the report: DejaVu Sans, shipped here, and a CJK font where one is installed.

Only embedded TrueType fonts are used, so that a report looks alike on every screen. reportlab
does no shaping: scripts that need it (Arabic, Hebrew, Indic scripts) count as not covered, since a
name in the wrong order is worse than a mark that says "not printable here".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from cases.reports.errors import ReportFontMissing

FONT_FOLDER = Path(__file__).resolve().parents[2] / "static" / "fonts" / "dejavu"
REGULAR = "CXRReport"
BOLD = "CXRReport-Bold"
FALLBACK = "CXRReport-CJK"

# Debian, Fedora and macOS places; fonts with CFF outlines (most Noto CJK files) cannot be embedded
# by reportlab and are passed over.
_FALLBACK_ROOTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
_FALLBACK_NAMES = (
    "NotoSansCJK*.tt[cf]",
    "NotoSansSC*.ttf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "Arial Unicode.ttf",
)
# Unicode bidirectional classes that a left-to-right line setter gets wrong.
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})

# Beyond it reportlab writes character maps that break searching and copying in the whole font.
_LAST = 0xFFFF


@dataclass(frozen=True, slots=True)
class Fonts:
    """Registered font names and the code points that each can print."""

    covered: frozenset[int]
    fallback_covered: frozenset[int]

    def font_for(self, character: str) -> str | None:
        """REGULAR, FALLBACK, or None where neither can print it rightly."""
        if unicodedata.bidirectional(character) in _RIGHT_TO_LEFT or ord(character) > _LAST:
            return None
        if ord(character) in self.covered:
            return REGULAR
        return FALLBACK if ord(character) in self.fallback_covered else None


def installed_fallbacks(roots: Iterable[Path] = _FALLBACK_ROOTS) -> list[Path]:
    """Candidate CJK fonts under the roots, best first; the order does not depend on the disk."""
    folders = [root for root in roots if root.is_dir()]
    return [
        path
        for pattern in _FALLBACK_NAMES
        for root in folders
        for path in sorted(root.rglob(pattern))
    ]


@lru_cache(maxsize=1)
def load_fonts() -> Fonts:
    """Register the fonts with reportlab, once a process. Raises ReportFontMissing."""
    try:
        regular = TTFont(REGULAR, str(FONT_FOLDER / "DejaVuSans.ttf"))
        bold = TTFont(BOLD, str(FONT_FOLDER / "DejaVuSans-Bold.ttf"))
    except (TTFError, OSError) as error:
        raise ReportFontMissing(f"Fonts are missing in {FONT_FOLDER.name}: {error}") from error
    _register(regular, bold=BOLD)
    _register(bold, bold=BOLD)
    both = frozenset(regular.face.charToGlyph) & frozenset(bold.face.charToGlyph)
    fallback = first_usable(installed_fallbacks())
    if fallback is None:
        return Fonts(both, frozenset())
    _register(fallback, bold=FALLBACK)
    # Registering a name again changes nothing: ask the font that will be used what it covers.
    return Fonts(both, east_asian_characters(pdfmetrics.getFont(FALLBACK)))


def first_usable(candidates: Iterable[Path]) -> Any | None:
    """The first font (a reportlab TTFont) that can be embedded; not registered yet."""
    for path in candidates:
        try:
            return TTFont(FALLBACK, str(path))
        except (TTFError, OSError):
            continue  # CFF outlines or a damaged file: the next one
    return None


def east_asian_characters(font: Any) -> frozenset[int]:
    """Code points that a fallback (a reportlab TTFont) serves: East Asian ones with an outline.

    Not other scripts, some of which need shaping; not empty glyphs: a name must not vanish.
    """
    face = font.face
    return frozenset(
        code
        for code, glyph in face.charToGlyph.items()
        if unicodedata.east_asian_width(chr(code)) in "WFH"
        and face.glyphPos[glyph] < face.glyphPos[glyph + 1]
    )


def _register(font: Any, *, bold: str) -> None:
    """No slanted cut is shipped: markup for italics stays upright."""
    name = font.fontName
    pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(name, normal=name, bold=bold, italic=name, boldItalic=bold)
