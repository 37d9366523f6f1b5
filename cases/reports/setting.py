"""What every part of the report shares: how its text is set, and the panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import Color, white
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from cases.reports import styles
from cases.reports.content import ReportContent
from cases.reports.text import TextSetter

FLUSH = (
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
)
WARN_INKS = (styles.WARN_FILL, styles.WARN_INK)
DANGER_INKS = (styles.DANGER_FILL, styles.DANGER_INK)
QUIET_INKS = (styles.PANEL, styles.LINE)
CLEAR_INKS = (white, styles.ACCENT)


@dataclass(frozen=True, slots=True)
class Setting:
    """What every block needs: the content, who sets its text, and the width of the text area."""

    content: ReportContent
    text: TextSetter
    width: float

    def line(self, text: str, style: ParagraphStyle, length: int = 300) -> Paragraph:
        return Paragraph(self.text.line(text, length), style)

    def flowing(self, text: str, style: ParagraphStyle) -> Paragraph:
        return Paragraph(self.text.flowing(text), style)

    def passage(self, text: str, style: ParagraphStyle) -> list[Flowable]:
        return [
            Paragraph(line, style) if line else Spacer(1, style.leading / 2)
            for line in self.text.paragraphs(text)
        ]


def panel(rows: Sequence[Flowable], width: float, inks: tuple[Color, Color]) -> Table:
    """A filled box with a bar at its left; its rows may break over pages."""
    table = Table([[row] for row in rows], colWidths=[width], splitInRow=1)
    last = len(rows) - 1
    table.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, -1), inks[0]),
            ("LINEBEFORE", (0, 0), (0, -1), 2.4, inks[1]),
            ("LEFTPADDING", (0, 0), (-1, -1), 9),
            ("RIGHTPADDING", (0, 0), (-1, -1), 8),
            ("TOPPADDING", (0, 0), (-1, -1), 0.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5),
            ("TOPPADDING", (0, 0), (-1, 0), 4),
            ("BOTTOMPADDING", (0, last), (-1, last), 5),
        ]
    )
    return table
