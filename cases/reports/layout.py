"""Pages: running head, bands, watermark, foot with page x of y; same input, same bytes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reportlab.lib.colors import Color
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph

from cases.reports import styles
from cases.reports.fonts import BOLD, REGULAR
from cases.reports.styles import Sheet

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_BAND_HEIGHT = 13.0


@dataclass(frozen=True, slots=True)
class Band:
    """One line across the top of every page."""

    text: str
    fill: Color
    ink: Color


@dataclass(frozen=True, slots=True)
class Furniture:
    """What stands on the pages around the text; ``head``, ``foot`` and ``warning`` are markup."""

    title: str
    head: str
    foot: str
    warning: str
    bands: tuple[Band, ...]
    watermarks: tuple[str, ...]
    made_at: datetime | None
    identity: str  # what makes this document differ from another one


def build(
    sheet: Sheet, furniture: Furniture, stories: Sequence[Callable[[], list[Flowable]]]
) -> bytes:
    """The first of the stories that fits on one page; where none does, the first with fewest."""
    counts = []
    for make_story in stories:
        pdf, pages = _build_once(sheet, furniture, make_story(), 1)
        if pages == 1:
            return pdf
        counts.append(pages)
    # Only a finished run tells how many pages there are, and each page says so.
    best = counts.index(min(counts))
    pdf, _ = _build_once(sheet, furniture, stories[best](), counts[best])
    return pdf


def _build_once(
    sheet: Sheet, furniture: Furniture, story: list[Flowable], pages: int
) -> tuple[bytes, int]:
    target = io.BytesIO()
    document = BaseDocTemplate(
        target,
        pagesize=(sheet.width, sheet.height),
        title=furniture.title,
        author="CXR Portal",
        creator="CXR Portal",
        subject="Radiology report",
        lang="en",
        initialFontName=REGULAR,  # else each page names Helvetica, which is not embedded
        invariant=1,
        displayDocTitle=True,
    )

    def around(canvas: Any, template: Any) -> None:  # a reportlab canvas and document
        _draw_around(canvas, sheet, furniture, (template.page, pages))

    document.addPageTemplates(
        [
            _page("first", sheet, styles.TOP, around),
            _page("later", sheet, styles.TOP_LATER, around),
        ]
    )
    document.build(story)
    return target.getvalue(), document.page


def _page(name: str, sheet: Sheet, top: float, around: Callable[[Any, Any], None]) -> PageTemplate:
    height = sheet.height - top - styles.BOTTOM
    frame = Frame(
        styles.MARGIN,
        styles.BOTTOM,
        sheet.inner_width,
        height,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    return PageTemplate(name, [frame], onPageEnd=around, autoNextPageTemplate="later")


def _draw_around(
    canvas: Any, sheet: Sheet, furniture: Furniture, number_of: tuple[int, int]
) -> None:
    number, pages = number_of
    if number == 1:
        _fix_identity(canvas, furniture)
    canvas.saveState()
    _draw_bands(canvas, sheet, furniture.bands)
    if number > 1:
        head = Paragraph(furniture.head, styles.FOOT)
        _, height = head.wrap(sheet.inner_width, 20)
        head.drawOn(canvas, styles.MARGIN, sheet.height - 36 - height)
        _rule(canvas, sheet, sheet.height - 49)
    _draw_foot(canvas, sheet, furniture, f"Page {number} of {pages}")
    for text in furniture.watermarks:
        _draw_watermark(canvas, sheet, text)
    canvas.restoreState()


def _fix_identity(canvas: Any, furniture: Furniture) -> None:
    """Dates and the file identifier follow from the content.

    reportlab's invariant mode writes 2000-01-01, and lets an environment variable change both. It
    has a door for the date but none for the identifier, hence the private attribute.
    """
    moment = (furniture.made_at or _EPOCH).astimezone(UTC)
    canvas.setDateFormatter(lambda *_now: f"D:{moment:%Y%m%d%H%M%S}+00'00'")
    digest = hashlib.sha256(furniture.identity.encode()).hexdigest()[:32]
    canvas._doc._ID = f"[<{digest}><{digest}>]".encode("ascii")


def _draw_bands(canvas: Any, sheet: Sheet, bands: tuple[Band, ...]) -> None:
    if not bands:
        return
    width = sheet.inner_width / len(bands)
    bottom = sheet.height - 16 - _BAND_HEIGHT
    for n, band in enumerate(bands):
        canvas.setFillColor(band.fill)
        canvas.rect(styles.MARGIN + n * width, bottom, width, _BAND_HEIGHT, stroke=0, fill=1)
        canvas.setFillColor(band.ink)
        canvas.setFont(BOLD, 7.4)
        canvas.drawCentredString(styles.MARGIN + (n + 0.5) * width, bottom + 3.8, band.text)


def _rule(canvas: Any, sheet: Sheet, y: float) -> None:
    canvas.setStrokeColor(styles.LINE)
    canvas.setLineWidth(0.5)
    canvas.line(styles.MARGIN, y, sheet.width - styles.MARGIN, y)


def _draw_foot(canvas: Any, sheet: Sheet, furniture: Furniture, page: str) -> None:
    _rule(canvas, sheet, 34)
    foot = Paragraph(furniture.foot, styles.FOOT)
    _, height = foot.wrap(sheet.inner_width - 70, 20)
    foot.drawOn(canvas, styles.MARGIN, 31 - height)
    right = Paragraph(page, styles.FOOT_RIGHT)
    _, height = right.wrap(70, 20)
    right.drawOn(canvas, sheet.width - styles.MARGIN - 70, 31 - height)
    if furniture.warning:
        warning = Paragraph(furniture.warning, styles.FOOT_WARN)
        warning.wrap(sheet.inner_width, 20)
        warning.drawOn(canvas, styles.MARGIN, 38)


def _draw_watermark(canvas: Any, sheet: Sheet, text: str) -> None:
    """Over everything, so that a picture does not hide it, and light enough to read through."""
    canvas.saveState()
    size = 58.0
    size *= min(1.0, 0.82 * sheet.height / stringWidth(text, BOLD, size))
    canvas.setFillColor(Color(0.45, 0.45, 0.48, alpha=0.17))
    canvas.setFont(BOLD, size)
    canvas.translate(sheet.width / 2, sheet.height / 2)
    canvas.rotate(52)
    canvas.drawCentredString(0, -size / 3, text)
    canvas.restoreState()
