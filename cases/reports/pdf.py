"""The report as a PDF: ``render_pdf``, the one door of this package beside ``content``."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Mapping
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from reportlab.lib.utils import ImageReader

from cases.reports import styles, words
from cases.reports.blocks import story
from cases.reports.content import ReportContent
from cases.reports.errors import ReportImageInvalid
from cases.reports.figures import HEIGHTS
from cases.reports.fonts import load_fonts
from cases.reports.layout import Band, Furniture, build
from cases.reports.pictures import printable_images
from cases.reports.setting import Setting
from cases.reports.text import TextSetter, clip

Paper = Literal["A4", "Letter"]

# reportlab keeps its fonts in one table for the process.
_ONE_AT_A_TIME = threading.Lock()


def render_pdf(
    content: ReportContent,
    images: Mapping[str, NDArray[np.uint8]],
    *,
    paper: Paper = "A4",
    superseded_by: int | None = None,
    logo: bytes | None = None,
) -> bytes:
    """The PDF of one version of a report; equal arguments give equal bytes.

    ``images`` maps each ``ReportImage.image_id`` to (H, W) uint8, as displayed, of the original's
    proportions. ``superseded_by`` names the later version that replaces this one. ``logo`` is the
    PNG of the letterhead, whose SHA-256 the content holds. Raises ReportImageInvalid,
    ReportPaperUnknown, ReportFontMissing.
    """
    sheet = styles.sheet_for(paper)
    pictures = printable_images(content, images)
    with _ONE_AT_A_TIME:
        text = TextSetter(load_fonts())
        mark = _logo(content, logo)
        setting = Setting(content, pictures, text, sheet.inner_width, superseded_by, mark)
        heights = HEIGHTS if content.images else HEIGHTS[:1]
        stories = [partial(story, setting, height) for height in heights]
        # Setting the text once tells what cannot be printed, before the first foot is drawn.
        stories[0]()
        furniture = _furniture(setting, f"{content.content_sha256} {paper} {superseded_by}")
        return build(sheet, furniture, stories)


def _logo(content: ReportContent, png: bytes | None) -> ImageReader | None:
    """The logo that the content names, and no other. Raises ReportImageInvalid."""
    if not content.logo_sha256:
        return None
    if png is None or hashlib.sha256(png).hexdigest() != content.logo_sha256:
        raise ReportImageInvalid("The logo is not the one that the report names.")
    return ImageReader(io.BytesIO(png))


def _furniture(setting: Setting, identity: str) -> Furniture:
    content, text = setting.content, setting.text
    accession = content.study.accession_number
    head = " · ".join(
        [
            f"<b>{text.line(words.or_not_stated(content.patient.name), 60)}</b>",
            f"MRN {text.line(words.or_not_stated(content.patient.mrn), 40)}",
            f"accession {text.line(words.or_not_stated(accession), 40)}",
            f"study {words.day(content.study.study_date)}",
        ]
    )
    foot = f"Report {words.status(content).lower()} · content {content.content_sha256[:16]}"
    if content.images:
        foot += f" · {words.REDUCED}"
    bands, watermarks = [], []
    if content.synthetic:
        bands.append(Band(words.SYNTHETIC, styles.WARN_FILL, styles.WARN_INK))
    if setting.superseded_by is not None:
        said = f"Superseded by version {setting.superseded_by}"
        bands.append(Band(said, styles.DANGER_FILL, styles.DANGER_INK))
        watermarks.append("Superseded")
    if content.is_draft:
        watermarks.append(words.DRAFT)
    named = "".join(filter(str.isprintable, clip(accession, 64)))  # no half characters
    return Furniture(
        title=f"Report {named} version {content.version}" if named else "Report",
        head=head,
        foot=foot,
        warning=text.warning,
        bands=tuple(bands),
        watermarks=tuple(watermarks),
        made_at=content.signed_at,
        identity=identity,
    )
