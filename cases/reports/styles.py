"""Sheet, inks and paragraph styles. Lengths are points (1/72 inch)."""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle

from cases.reports.errors import ReportPaperUnknown
from cases.reports.fonts import BOLD, REGULAR

INK = HexColor("#18181b")
MUTED = HexColor("#55555e")
LINE = HexColor("#d3d3d7")
PANEL = HexColor("#f4f4f5")
ACCENT = HexColor("#0b5394")
WARN_INK = HexColor("#6b4200")
WARN_FILL = HexColor("#fdf0d5")
DANGER_INK = HexColor("#9c1c15")
DANGER_FILL = HexColor("#fce8e6")
MARK = HexColor("#ffd54a")  # boxes on the radiograph; light enough to survive a grey printer
MARK_HALO = HexColor("#000000")

MARGIN = 42.0
TOP = 38.0  # above the text of the first page: room for the bands
TOP_LATER = 60.0  # on later pages: room for bands and the running head
BOTTOM = 56.0
GAP = 12.0


@dataclass(frozen=True, slots=True)
class Sheet:
    width: float
    height: float

    @property
    def inner_width(self) -> float:
        return self.width - 2 * MARGIN


_PAPERS = {"A4": A4, "Letter": LETTER}


def sheet_for(paper: str) -> Sheet:
    """Raises ReportPaperUnknown."""
    if paper not in _PAPERS:
        raise ReportPaperUnknown
    return Sheet(*_PAPERS[paper])


def _style(
    name: str, size: float, leading: float, ink: Color = INK, bold: bool = False
) -> ParagraphStyle:
    return ParagraphStyle(
        name,
        fontName=BOLD if bold else REGULAR,
        fontSize=size,
        leading=leading,
        textColor=ink,
        splitLongWords=1,
        allowWidows=0,
        allowOrphans=0,
    )


BODY = _style("body", 8.6, 12.2)
STRONG = _style("strong", 8.6, 12.2, bold=True)
LEAD = _style("lead", 9.6, 13.6)
SMALL = _style("small", 7, 9.6)
SMALL_STRONG = _style("small-strong", 7, 9.6, bold=True)
NOTE = _style("note", 7, 9.6, MUTED)
CELL = _style("cell", 8, 10.8)
CELL_STRONG = _style("cell-strong", 8, 10.8, bold=True)
COLUMN = _style("column", 6.8, 9, MUTED, bold=True)
HASH = _style("hash", 5.6, 8, MUTED)
CAPTION = _style("caption", 7, 9.6, MUTED)
CAPTION.alignment = 1
PANEL_HEADING = _style("panel-heading", 7.4, 10.5, ACCENT, bold=True)
HEADING = _style("heading", 8.6, 11, ACCENT, bold=True)
INSTITUTION = _style("institution", 14, 17, bold=True)
INSTITUTION_LONG = _style("institution-long", 11.4, 14.4, bold=True)
TITLE = _style("title", 10.5, 13, ACCENT, bold=True)
TITLE.alignment = 2
STATUS = _style("status", 7.6, 11, MUTED)
STATUS.alignment = 2
WARN = _style("warn", 8, 11, WARN_INK)
DANGER = _style("danger", 8, 11, DANGER_INK)
FOOT = _style("foot", 6.4, 8, MUTED)
FOOT_RIGHT = _style("foot-right", 6.4, 8, MUTED)
FOOT_RIGHT.alignment = 2
FOOT_WARN = _style("foot-warn", 6.4, 8, DANGER_INK)
HEADING.spaceBefore = 7
HEADING.spaceAfter = 3
