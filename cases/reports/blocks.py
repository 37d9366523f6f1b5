"""The parts of the report as reportlab flowables, in the order in which they are read."""

from __future__ import annotations

from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, Spacer

from cases.reports import styles, words
from cases.reports.figures import Logo, image_rows
from cases.reports.setting import (
    BUTT,
    CLEAR_INKS,
    DANGER_INKS,
    FLUSH,
    QUIET_INKS,
    WARN_INKS,
    Setting,
    grid,
    heading,
    panel,
)
from cases.reports.styles import GAP
from cases.reports.tables import comparison_block, findings_block, measurements_block

SHORT = 900  # characters of impression and recommendation that stay with the signature
SHORT_LINES = 12


def story(setting: Setting, picture_height: float) -> list[Flowable]:
    """The whole report; flowables serve one build only."""
    content = setting.content
    return [
        *_head(setting),
        *_banners(setting),
        _identity(setting),
        *_section(setting, "Clinical question", content.clinical_question),
        *_section(setting, "Technique", content.technique),
        *image_rows(setting, picture_height),
        *findings_block(setting),
        *measurements_block(setting),
        *_section(setting, "Notes", content.notes),
        *comparison_block(setting),
        *_end(setting),
    ]


def _head(setting: Setting) -> list[Flowable]:
    content = setting.content
    logo = Logo(setting.logo) if setting.logo is not None else None
    room = setting.width - 190 - (logo.width + GAP if logo else 0)
    names = (styles.INSTITUTION, styles.INSTITUTION_LONG)
    left = [setting.fitting(content.institution, names, room)]
    if content.department.strip():
        left.append(setting.line(content.department, styles.NOTE, 120))
    right = [
        Paragraph("CHEST RADIOGRAPH REPORT", styles.TITLE),
        Paragraph(words.status(content), styles.STATUS),
    ]
    if content.address.strip():
        left.append(setting.line(content.address, styles.NOTE, 160))
    cells, widths = [left, right], [room, 190.0]
    if logo:
        cells, widths = [logo, *cells], [logo.width + GAP, *widths]
    table = grid([cells], widths)
    table.setStyle(
        [
            *FLUSH,
            ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
            ("LINEBELOW", (0, 0), (-1, -1), 1.2, styles.ACCENT),
        ]
    )
    return [table, Spacer(1, 8)]


def _banners(setting: Setting) -> list[Flowable]:
    content, banners = setting.content, []
    if setting.superseded_by is not None:
        said = f"<b>Superseded</b> by version {setting.superseded_by}. Read that version instead."
        banners.append(panel([Paragraph(said, styles.DANGER)], setting.width, DANGER_INKS))
    if content.supersedes is not None:
        said = (
            f"<b>Amendment.</b> This is version {content.version}; it replaces version "
            f"{content.supersedes}. Reason: "
        )
        reason = setting.text.flowing(words.or_not_stated(content.amendment_reason))
        banners.append(panel([Paragraph(said + reason, styles.WARN)], setting.width, WARN_INKS))
    if content.is_draft:
        said = f"<b>{words.DRAFT}.</b> This text may still change and is not a report."
        banners.append(panel([Paragraph(said, styles.WARN)], setting.width, WARN_INKS))
    return [part for banner in banners for part in (banner, Spacer(1, 6))]


def _identity(setting: Setting) -> Flowable:
    patient, study = setting.content.patient, setting.content.study
    view = ", ".join(part for part in (study.view, study.modality) if part.strip())
    left = [
        ("Patient", words.or_not_stated(patient.name), styles.STRONG),
        ("MRN", words.or_not_stated(patient.mrn), styles.BODY),
        ("Born", words.born(patient), styles.BODY),
        ("Sex", words.SEX[patient.sex], styles.BODY),
    ]
    right = [
        ("Accession", words.or_not_stated(study.accession_number), styles.BODY),
        ("Study date", words.day(study.study_date), styles.BODY),
        ("View", words.or_not_stated(view), styles.BODY),
        ("Instance UID", words.or_not_stated(study.sop_instance_uid), styles.SMALL),
    ]
    half = setting.width / 2
    rows: list[list[Flowable]] = [
        [
            Paragraph(a, styles.NOTE),
            setting.line(b, bold, 160),
            Paragraph(c, styles.NOTE),
            setting.line(d, plain, 160),
        ]
        for (a, b, bold), (c, d, plain) in zip(left, right, strict=True)
    ]
    rows[3][3] = setting.fitting(right[3][1], (styles.SMALL, styles.HASH), half - 62 - 12)
    table = grid(rows, [50, half - 50, 62, half - 62])
    table.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, -1), styles.PANEL),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
            ("TOPPADDING", (0, 0), (-1, 0), 5),
            ("BOTTOMPADDING", (0, -1), (-1, -1), 6),
            # The small captions stand on the base line of their values.
            *(("TOPPADDING", (n, 0), (n, -1), 3) for n in (0, 2)),
            *(("TOPPADDING", (n, 0), (n, 0), 6.5) for n in (0, 2)),
            ("TOPPADDING", (3, 3), (3, 3), 3),
        ]
    )
    return table


def _section(setting: Setting, title: str, text: str) -> list[Flowable]:
    """A heading and a text of any length; nothing where nothing was written."""
    if not text.strip():
        return []
    return [*heading(title), *setting.passage(text, styles.BODY)]


def _end(setting: Setting) -> list[Flowable]:
    """Impression, recommendation, signature: on one page where they are short, so that no signature
    stands alone.
    """
    content = setting.content
    said = [*_impression(setting), *_section(setting, "Recommendation", content.recommendation)]
    text = f"{content.impression}\n{content.recommendation}"
    if len(text) > SHORT or text.count("\n") > SHORT_LINES:
        return [*said, Spacer(1, 9), KeepTogether([_closing(setting)])]
    whole = [part for part in said if not isinstance(part, CondPageBreak)]
    return [KeepTogether([*whole, Spacer(1, 9), _closing(setting)])]


def _impression(setting: Setting) -> list[Flowable]:
    text = setting.content.impression
    if not text.strip():
        return [*heading("Impression"), Paragraph("None stated.", styles.BODY)]
    return [
        *heading("Impression"),
        panel(setting.passage(text, styles.LEAD), setting.width, CLEAR_INKS),
    ]


def _closing(setting: Setting) -> Flowable:
    """The model's part and the signature, side by side."""
    width = (setting.width - GAP) / 2
    signed = setting.content.signed_at is not None
    table = grid([[_model(setting), "", _signature(setting)]], [width, GAP, width])
    right = CLEAR_INKS if signed else WARN_INKS
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 9),
            ("RIGHTPADDING", (0, 0), (-1, -1), 6),
            ("TOPPADDING", (0, 0), (-1, -1), 5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ("BACKGROUND", (0, 0), (0, 0), QUIET_INKS[0]),
            ("LINEBEFORE", (0, 0), (0, 0), 2.4, QUIET_INKS[1], BUTT),
            ("BACKGROUND", (2, 0), (2, 0), right[0]),
            ("LINEBEFORE", (2, 0), (2, 0), 2.4, right[1], BUTT),
        ]
    )
    return table


def _model(setting: Setting) -> list[Flowable]:
    model, counts = setting.content.model, setting.content.proposals
    rows: list[Flowable] = [Paragraph("Computer analysis", styles.PANEL_HEADING)]
    if model.unavailable_reason:
        rows.append(setting.line(words.unavailable(model), styles.SMALL_STRONG, 600))
    if model.name:
        rows.append(setting.line(f"{model.name} {model.version}".strip(), styles.SMALL_STRONG, 160))
        rows += [Paragraph(said, styles.SMALL) for said in words.analysis(model, counts)]
    rows.append(setting.line(model.statement, styles.SMALL_STRONG, 300))
    if model.name:
        rows += _sha256(setting, "Model SHA-256", words.or_not_stated(model.sha256))
    return rows


def _signature(setting: Setting) -> list[Flowable]:
    content = setting.content
    reader, moment = content.reader, content.signed_at
    title = "Signed electronically by" if moment else words.DRAFT
    rows: list[Flowable] = [
        Paragraph(title, styles.PANEL_HEADING),
        setting.line(words.or_not_stated(reader.name), styles.STRONG, 120),
    ]
    if reader.role.strip():
        rows.append(setting.line(reader.role, styles.SMALL, 120))
    if moment:
        times = [words.utc(moment), words.as_stated(moment)]
        rows += [Paragraph(time, styles.SMALL) for time in times if time]
    rows.append(Paragraph(f"Report {words.status(content).lower()}", styles.SMALL))
    return rows + _sha256(setting, "Content SHA-256", content.content_sha256)


def _sha256(setting: Setting, title: str, digest: str) -> list[Flowable]:
    """A digest on one line of its own, so that it can be compared and copied whole."""
    return [Paragraph(title, styles.NOTE), setting.line(digest, styles.HASH, 80)]
