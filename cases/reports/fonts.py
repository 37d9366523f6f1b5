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
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "Arial Unicode.ttf",
)
# Unicode bidirectional classes that a left-to-right line setter gets wrong.
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})


@dataclass(frozen=True, slots=True)
class Fonts:
    """Registered font names and the code points that each can print."""

    covered: frozenset[int]
    fallback_covered: frozenset[int]

    def font_for(self, character: str) -> str | None:
        """REGULAR, FALLBACK, or None where neither can print it rightly."""
        if unicodedata.bidirectional(character) in _RIGHT_TO_LEFT:
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
    for font in (regular, bold):
        pdfmetrics.registerFont(font)
    # No slanted cut is shipped: markup for italics stays upright.
    pdfmetrics.registerFontFamily(
        REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD
    )
    both = frozenset(regular.face.charToGlyph) & frozenset(bold.face.charToGlyph)
    return Fonts(both, _register_fallback(installed_fallbacks()))


def _register_fallback(candidates: Iterable[Path]) -> frozenset[int]:
    for path in candidates:
        try:
            font = TTFont(FALLBACK, str(path))
        except (TTFError, OSError):
            continue  # CFF outlines or a damaged file: the next one
        pdfmetrics.registerFont(font)
        pdfmetrics.registerFontFamily(
            FALLBACK, normal=FALLBACK, bold=FALLBACK, italic=FALLBACK, boldItalic=FALLBACK
        )
        return frozenset(font.face.charToGlyph)
    return frozenset()
