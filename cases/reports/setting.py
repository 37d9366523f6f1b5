"""What every part of the report shares: how its text is set, and the panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reportlab.lib.colors import Color, white
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, Spacer, Table

from cases.reports import styles
from cases.reports.content import ReportContent
from cases.reports.fonts import REGULAR
from cases.reports.text import TextSetter

FLUSH = (
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
)
BUTT = 0  # line cap: a bar ends where its panel ends
WARN_INKS = (styles.WARN_FILL, styles.WARN_INK)
DANGER_INKS = (styles.DANGER_FILL, styles.DANGER_INK)
QUIET_INKS = (styles.PANEL, styles.LINE)
CLEAR_INKS = (white, styles.ACCENT)


@dataclass(frozen=True, slots=True)
class Setting:
    """What every block needs.

    ``width`` is that of the text area; ``pictures`` holds one for each image of the content.
    """

    content: ReportContent
    pictures: Mapping[str, ImageReader]
    text: TextSetter
    width: float
    superseded_by: int | None = None
    logo: ImageReader | None = None

    def line(self, text: str, style: ParagraphStyle, length: int = 300) -> Paragraph:
        return Paragraph(self.text.line(text, length), style)

    def fitting(self, text: str, choices: Sequence[ParagraphStyle], width: float) -> Paragraph:
        """One line in the first style in which it fits, else several in the last."""
        fits = (s for s in choices if stringWidth(text, s.fontName, s.fontSize) <= width)
        return self.line(text, next(fits, choices[-1]), 160)

    def flowing(self, text: str, style: ParagraphStyle) -> Paragraph:
        return Paragraph(self.text.flowing(text), style)

    def passage(self, text: str, style: ParagraphStyle) -> list[Flowable]:
        return [
            Paragraph(line, style) if line else Spacer(1, style.leading / 2)
            for line in self.text.paragraphs(text)
        ]


def grid(
    rows: Sequence[Sequence[object]],
    widths: Sequence[float],
    *,
    heads: int = 0,
    breakable: bool = False,
) -> Table:
    """A table; ``heads`` rows stand on each page, ``breakable`` rows may lie on two."""
    cells = [list(row) for row in rows]
    table = Table(cells, colWidths=widths, repeatRows=heads, splitInRow=int(breakable))
    # Cells that hold paragraphs never use it, but each would name Helvetica, which is not embedded.
    table.setStyle([("FONTNAME", (0, 0), (-1, -1), REGULAR)])
    return table


def panel(rows: Sequence[Flowable], width: float, inks: tuple[Color, Color]) -> Table:
    """A filled box with a bar at its left; its rows may break over pages."""
    table = grid([[row] for row in rows], [width], breakable=True)
    last = len(rows) - 1
    table.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, -1), inks[0]),
            ("LINEBEFORE", (0, 0), (0, -1), 2.4, inks[1], BUTT),
            ("LEFTPADDING", (0, 0), (-1, -1), 9),
            ("RIGHTPADDING", (0, 0), (-1, -1), 8),
            ("TOPPADDING", (0, 0), (-1, -1), 0.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5),
            ("TOPPADDING", (0, 0), (-1, 0), 4),
            ("BOTTOMPADDING", (0, last), (-1, last), 5),
        ]
    )
    return table


def heading(title: str) -> list[Flowable]:
    """A heading with room for a few lines below it; keepWithNext would move a whole table."""
    return [CondPageBreak(64), Paragraph(title, styles.HEADING)]
