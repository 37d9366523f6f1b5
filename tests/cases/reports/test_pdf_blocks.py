"""The sections, tables and letterhead of the PDF."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image

from cases.reports import words
from cases.reports.content import StudyBlock
from cases.reports.errors import ReportImageInvalid
from cases.reports.pdf import Paper, render_pdf
from cases.reports.tables import TOGETHER
from tests.cases.reports.samples import (
    BOXED,
    WRITTEN,
    drawn_on,
    make_content,
    make_pictures,
    pages_of,
    text_of,
)


def test_all_sections_measurements_and_marks_are_printed() -> None:
    said = text_of(render_pdf(make_content(**WRITTEN), make_pictures()))
    for part in (
        "1 Example Road",
        "PA, erect.",
        "Small left pleural effusion.",
        "Follow-up in six weeks.",
        "123.4 mm at detector",
        "37.5°",
        "0.52",
        words.MAGNIFIED,
        "Nodule Left 2025-01-02 Stable",
    ):
        assert part in said


def test_ten_findings_leave_no_row_alone_on_another_page() -> None:
    findings = tuple(replace(BOXED, number=n, comment="Seen before.") for n in range(1, 11))
    content = make_content(findings=findings, notes="Word " * 160)
    pages = pages_of(render_pdf(content, make_pictures(), paper="Letter"))
    rows = [page.extract_text().count("Seen before.") for page in pages]
    assert sum(rows) == 10
    assert len(pages) <= 2
    assert all(number == 0 or number >= TOGETHER for number in rows)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("comment", ["Seen before.", "Seen before. " * 30])
def test_no_row_stands_alone_where_a_table_begins_or_ends(paper: Paper, comment: str) -> None:
    for number in (4, 10):
        findings = tuple(replace(BOXED, number=n, comment=comment) for n in range(1, number + 1))
        for lines in range(6, 16, 3):
            content = make_content(findings=findings, findings_text="Line.\n" * lines)
            pages = pages_of(render_pdf(content, make_pictures(), paper=paper))
            rows = [page.extract_text().count("RID34539") for page in pages]
            assert sum(rows) == number, (lines, rows)
            assert 1 not in rows, (lines, rows)


def test_long_names_of_the_house_and_of_the_image_stay_on_one_line() -> None:
    institution = "Bệnh viện Đa khoa Quốc tế Nguyễn Tri Phương"
    uid = "2.25.329800735698586629295641978511506172918"
    study = StudyBlock("ACC-9", date(2026, 1, 4), "PA", "DX", uid)
    content = make_content(institution=institution, study=study)
    for paper in ("A4", "Letter"):
        lines = pages_of(render_pdf(content, make_pictures(), paper=paper))[0].extract_text()
        assert institution in lines.splitlines(), paper
        assert any(line.endswith(uid) for line in lines.splitlines()), paper


def a_logo() -> bytes:
    into = io.BytesIO()
    Image.new("RGB", (60, 20), "navy").save(into, "PNG")
    return into.getvalue()


def test_the_logo_is_the_one_that_the_content_names() -> None:
    logo = a_logo()
    content = make_content(logo_sha256=hashlib.sha256(logo).hexdigest())
    pdf = render_pdf(content, make_pictures(), logo=logo)
    assert pdf == render_pdf(content, make_pictures(), logo=logo)
    pictures, _ = drawn_on(pages_of(pdf)[0])
    assert (pictures[0].width, pictures[0].height) == pytest.approx((120, 40))
    for other in (None, logo + b" "):
        with pytest.raises(ReportImageInvalid):
            render_pdf(content, make_pictures(), logo=other)
