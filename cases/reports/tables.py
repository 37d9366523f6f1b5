"""Findings, measurements and comparison: what the reader stated, in words and in tables."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from cases.reports import styles, words
from cases.reports.content import ReportFinding
from cases.reports.setting import Setting, grid, heading

TOGETHER = 3  # rows that the last row of a table takes with it to another page
BEGINNING = 2  # rows that stand below the titles where a table begins, or it begins later
SHORT = 2_000  # characters of a comment up to which its row fits on a page
LINE = 60  # characters on a line of a comment, about
FEW = 1_200  # characters of comments up to which several rows are kept together


def findings_block(setting: Setting) -> list[Flowable]:
    """The text, then the numbered table of what is drawn on the image."""
    content = setting.content
    parts: list[Flowable] = heading("Findings")
    if content.findings_text.strip():
        parts += setting.passage(content.findings_text, styles.BODY)
    if not content.findings:
        parts.append(setting.line(words.no_finding(content), styles.STRONG))
        if content.model.unavailable_reason:
            parts.append(setting.line(words.unavailable(content.model), styles.BODY, 600))
        return parts
    if content.findings_text.strip():
        parts.append(Spacer(1, 5))
    titles = ("No.", "Finding", "Side", "Certainty", "How decided")
    ordered = sorted(content.findings, key=lambda finding: finding.number)
    rows = [_finding_row(setting, finding) for finding in ordered]
    widths = (28, setting.width - 28 - 38 - 54 - 150, 38, 54, 150)
    lengths = [len(f.comment) + LINE * f.comment.count("\n") for f in ordered]
    ends = max(sum(lengths[:BEGINNING]), sum(lengths[-TOGETHER:]))
    together = max(lengths) <= SHORT and ends <= FEW
    return [*parts, _table(titles, rows, widths, together=together)]


def measurements_block(setting: Setting) -> list[Flowable]:
    """One row a measurement, with its unit as the image allows it to be said."""
    content = setting.content
    if not content.measurements:
        return []
    captions = {image.image_id: image.caption for image in content.images}
    rows = [
        [
            setting.line(measured.name, styles.CELL, 80),
            setting.line(measured.text, styles.CELL_STRONG, 80),
            setting.line(captions[measured.image_id], styles.CELL, 120),
        ]
        for measured in content.measurements
    ]
    third = setting.width / 3
    parts = [*heading("Measurements"), _table(("What", "Value", "Image"), rows, (third,) * 3)]
    if any(measured.unit == words.AT_DETECTOR for measured in content.measurements):
        parts.append(Paragraph(words.MAGNIFIED, styles.NOTE))
    return parts


def comparison_block(setting: Setting) -> list[Flowable]:
    """What the reader wrote of earlier studies, and what became of each finding since."""
    content = setting.content
    if not content.comparison.strip() and not content.priors:
        return []
    parts = heading("Comparison")
    if content.comparison.strip():
        parts += setting.passage(content.comparison, styles.BODY)
    if content.priors:
        rows = [
            [
                setting.line(prior.label, styles.CELL, 120),
                Paragraph(words.SIDE[prior.laterality], styles.CELL),
                Paragraph(words.day(prior.study_date), styles.CELL),
                setting.line(prior.mark, styles.CELL_STRONG, 60),
            ]
            for prior in content.priors
        ]
        widths = (setting.width - 38 - 110 - 150, 38, 110, 150)
        titles = ("Finding", "Side", "Study with the finding", "Since then")
        parts.append(_table(titles, rows, widths))
    return parts


def _table(
    titles: Sequence[str],
    rows: Sequence[Sequence[object]],
    widths: Sequence[float],
    *,
    together: bool = True,
) -> Table:
    """Ruled, with its titles on each page; ``together``: no row alone on the first or last one.

    Rows are kept together or broken: reportlab forgets the one where it may do the other.
    """
    cells = [[Paragraph(title, styles.COLUMN) for title in titles], *rows]
    table = grid(cells, widths, heads=1, breakable=not together)
    ruled: list[tuple[object, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, styles.MUTED),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, styles.LINE),
    ]
    if together and len(rows) > TOGETHER:
        ruled.append(("NOSPLIT", (0, 0), (-1, BEGINNING)))
        ruled.append(("NOSPLIT", (0, len(cells) - TOGETHER), (-1, len(cells) - 1)))
    table.setStyle(ruled)
    return table


def _finding_row(setting: Setting, finding: ReportFinding) -> list[object]:
    content = setting.content
    about = [] if finding.box else ["whole image"]
    if len(content.images) > 1:
        about += [i.caption for i in content.images if i.image_id == finding.image_id]
    if finding.code.strip() and finding.code != finding.label:
        about.append(finding.code)
    said = f"<b>{setting.text.line(finding.label, 120)}</b>"
    if about:
        small = setting.text.line(" · ".join(about), 200)
        said += f'&nbsp; <font size="7" color="{styles.MUTED.hexval()}">{small}</font>'
    cell = [Paragraph(said, styles.CELL)]
    if finding.comment.strip():
        cell.append(setting.flowing(finding.comment, styles.SMALL))
    return [
        Paragraph(str(finding.number), styles.CELL_STRONG),
        cell,
        Paragraph(words.SIDE[finding.laterality], styles.CELL),
        Paragraph(words.CERTAINTY[finding.certainty], styles.CELL),
        Paragraph(words.decided(finding, calibrated=content.model.calibrated), styles.CELL),
    ]
