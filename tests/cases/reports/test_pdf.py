"""The PDF says what the content says, on any paper, for any text, and the same each time."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, cast

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from cases.reports.content import (
    Decision,
    ModelBlock,
    PatientBlock,
    ReaderBlock,
    ReportBox,
    ReportFinding,
    ReportImage,
    StudyBlock,
)
from cases.reports.errors import ReportImageInvalid, ReportPaperUnknown
from cases.reports.pdf import render_pdf
from tests.cases.reports.samples import (
    BOXED,
    SIGNED_AT,
    WHOLE,
    drawn_on,
    make_content,
    make_pictures,
    pages_of,
    text_of,
)

HOSTILE = '<b>&"</b></font><img src="file:///etc/hostname"/>&amp;<br/>{{ x }} %s \\ \0'
SHOWN = '<b>&"</b></font><img src="file:///etc/hostname"/>&amp;<br/>{{ x }} %s \\'


def pdf_of(**changes: Any) -> bytes:
    return render_pdf(make_content(**changes), make_pictures())


def test_a_normal_case_is_one_page_with_everything_on_it() -> None:
    pdf = pdf_of()
    assert len(pages_of(pdf)) == 1
    text = text_of(pdf)
    for words in (
        "St Example Hospital",
        "Doe Jane",
        "MRN-7",
        "1957-03-02 (age 68)",
        "Female",
        "ACC-9",
        "PA, DX",
        "1.2.3.4",
        "Effusion?",
        "1 Pleural effusion RID34539 Small. Left Probable Accepted, model score 0.88",
        "2 Edema whole image · RID4866 – Certain Stated by the reader",
        "Heart of normal size.",
        "Small left pleural effusion.",
        "cxr-multitask 1.0.0",
        "ab" * 32,
        "Proposals: 1 accepted, 0 corrected, 2 rejected, 3 undecided.",
        "Not for diagnosis without a clinician.",
        "Signed electronically by Dr Reader Consultant radiologist 2026-01-05 14:03:22 UTC",
        make_content().content_sha256,
        "Page 1 of 1",
    ):
        assert words in text
    for absent in ("Draft", "SYNTHETIC", "Superseded", "Warning", "Amendment"):
        assert absent not in text


def test_the_same_content_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = pdf_of()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert pdf_of() == first
    assert pdf_of(notes="Other.") != first


def test_the_file_carries_the_time_of_signing_and_no_name() -> None:
    reader = PdfReader(io.BytesIO(pdf_of()))
    assert reader.metadata is not None
    assert reader.metadata.creation_date == SIGNED_AT
    assert reader.metadata.title == "Report ACC-9 version 1"
    assert "Doe" not in str(reader.metadata)


def test_two_versions_are_two_files_by_their_identifiers() -> None:
    pdfs = [pdf_of(), pdf_of(version=2, supersedes=1)]
    first, second = (str(PdfReader(io.BytesIO(pdf)).trailer["/ID"]) for pdf in pdfs)
    assert first != second


@pytest.mark.parametrize(("paper", "size"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_paper_sizes(paper: Any, size: tuple[int, int]) -> None:
    (page,) = pages_of(render_pdf(make_content(), make_pictures(), paper=paper))
    assert (round(page.mediabox.width), round(page.mediabox.height)) == size


def test_other_paper_is_refused() -> None:
    with pytest.raises(ReportPaperUnknown):
        render_pdf(make_content(), make_pictures(), paper="A5")  # type: ignore[arg-type]


def test_a_draft_says_so_on_every_page_and_is_not_signed() -> None:
    pages = pages_of(pdf_of(signed_at=None, notes="Words. " * 3000))
    assert len(pages) > 2
    assert all("Draft - not signed" in page.extract_text() for page in pages)
    assert not any("Signed electronically" in page.extract_text() for page in pages)


def test_a_synthetic_case_says_so_on_every_page() -> None:
    pages = pages_of(pdf_of(synthetic=True, notes="Words. " * 3000))
    assert all("SYNTHETIC - not a patient" in page.extract_text() for page in pages)


def test_an_amendment_names_the_version_that_it_replaces() -> None:
    text = text_of(pdf_of(version=2, supersedes=1, amendment_reason="Side was <wrong>"))
    assert "This is version 2; it replaces version 1. Reason: Side was <wrong>" in text
    assert "Version 2, amended" in text


def test_a_superseded_version_names_its_successor_on_every_page() -> None:
    content = make_content(notes="Words. " * 3000)
    pages = pages_of(render_pdf(content, make_pictures(), superseded_by=2))
    assert all("Superseded by version 2" in page.extract_text() for page in pages)


def test_every_later_page_names_the_patient_and_counts() -> None:
    pages = pages_of(pdf_of(notes="Words. " * 3000))
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page.extract_text()
        assert "Doe Jane" in page.extract_text()
        assert "MRN-7" in page.extract_text()


@pytest.mark.parametrize("name", ["Nguyễn Văn Ánh", "Ελένη Παπαδοπούλου", "Ольга Петрова"])
def test_names_are_printed_with_embedded_fonts(name: str) -> None:
    pdf = pdf_of(patient=PatientBlock(name, "1"))
    assert name in text_of(pdf)
    assert "Warning" not in text_of(pdf)


def test_every_font_of_every_page_is_embedded() -> None:
    reader = PdfReader(io.BytesIO(pdf_of(signed_at=None, synthetic=True, notes="Words. " * 3000)))
    fonts = [
        value
        for n in range(1, len(reader.xref[0]) + 1)
        if isinstance(value := reader.get_object(n), DictionaryObject)
        and value.get("/Type") == "/Font"
    ]
    assert len(fonts) >= 2
    assert all("/FontFile2" in cast("DictionaryObject", f["/FontDescriptor"]) for f in fonts)


def test_an_unprintable_name_is_marked_and_warned_of() -> None:
    text = text_of(pdf_of(patient=PatientBlock("अनिता", "1")))
    assert "\N{REPLACEMENT CHARACTER}" in text
    assert "cannot be printed with the fonts installed here" in text


def test_forty_findings_are_all_listed() -> None:
    box = ReportBox(10, 10, 60, 60)
    findings = tuple(
        ReportFinding(n, "pa", f"Nodule {n}", "", Decision.DRAWN, box=box, comment="Remark. " * 9)
        for n in range(1, 41)
    )
    pdf = pdf_of(findings=findings)
    text = text_of(pdf)
    assert all(f"{n} Nodule {n} Remark." in text for n in range(1, 41))
    assert len(pages_of(pdf)) == 3


def test_a_note_of_ten_thousand_words_is_printed_whole() -> None:
    notes = " ".join(f"word{n}" for n in range(10_000))
    text = text_of(pdf_of(notes=notes))
    assert all(f"word{n} " in text for n in (0, 5_000, 9_999))
    assert "Signed electronically" in text


def test_a_word_without_end_is_broken_and_not_lost() -> None:
    pdf = pdf_of(notes="W" * 3_000, impression="M" * 500)
    plain = text_of(pdf_of(notes="", impression=""))
    assert text_of(pdf).count("W") - plain.count("W") == 3_000
    assert text_of(pdf).count("M") - plain.count("M") >= 500


def test_what_people_typed_is_never_markup() -> None:
    pdf = pdf_of(
        institution=HOSTILE,
        department=HOSTILE,
        patient=PatientBlock(HOSTILE, HOSTILE),
        study=StudyBlock(HOSTILE, None, HOSTILE, HOSTILE, HOSTILE),
        model=ModelBlock(HOSTILE, HOSTILE, HOSTILE, False, HOSTILE, HOSTILE),
        reader=ReaderBlock(HOSTILE, HOSTILE),
        images=(ReportImage("pa", HOSTILE, 200, 160),),
        findings=(replace(BOXED, label=HOSTILE, code=HOSTILE, comment=HOSTILE), WHOLE),
        clinical_question=HOSTILE,
        notes=HOSTILE,
        comparison=HOSTILE,
        impression=HOSTILE,
        version=2,
        supersedes=1,
        amendment_reason=HOSTILE,
    )
    assert text_of(pdf).replace(" ", "").count(SHOWN.replace(" ", "")) >= 12


@pytest.mark.parametrize("field", ["clinical_question", "notes", "comparison", "impression"])
def test_endless_lines_flow_on(field: str) -> None:
    pages = pages_of(pdf_of(**{field: "line\n" * 500}))
    assert sum(page.extract_text().count("line") for page in pages) >= 500


def test_no_field_is_too_long_for_the_page() -> None:
    much = "long " * 4_000
    pdf = pdf_of(
        institution=much,
        department=much,
        patient=PatientBlock(much, much),
        study=StudyBlock(much, None, much, much, much),
        model=ModelBlock(much, much, much, False, much, much),
        reader=ReaderBlock(much, much),
        images=(ReportImage("pa", much, 200, 160),),
        findings=(replace(BOXED, label=much, code=much, comment=much),),
        version=2,
        supersedes=1,
        amendment_reason=much,
    )
    assert text_of(pdf).count("long") > 8_000


def test_text_with_half_a_character_is_printed() -> None:
    assert "Warning" in text_of(pdf_of(study=StudyBlock("A\ud800"), notes="\udfff"))


def test_without_findings_the_report_does_not_speak_for_the_model() -> None:
    failed = ModelBlock(unavailable_reason="the model file is damaged")
    text = text_of(pdf_of(findings=(), model=failed))
    assert "No finding was stated." in text
    assert "Analysis unavailable: the model file is damaged" in text
    assert "proposed no finding" not in text
    assert "Dr Reader stated: no finding." in text_of(pdf_of(findings=(), no_finding=True))


def test_an_image_without_boxes_stands_alone() -> None:
    pictures, _ = drawn_on(pages_of(pdf_of(findings=(WHOLE,)))[0])
    assert len(pictures) == 1


def test_of_two_images_both_are_shown_and_findings_name_theirs() -> None:
    images = (
        ReportImage("pa", "Frontal view", 200, 160),
        ReportImage("lat", "Lateral view", 300, 100),
    )
    content = make_content(images=images, findings=(BOXED, replace(WHOLE, image_id="lat")))
    pdf = render_pdf(content, make_pictures(lat=(300, 100)))
    pictures, _ = drawn_on(pages_of(pdf)[0])
    assert [round(p.height / p.width, 2) for p in pictures] == [1.25, 1.25, 3.0]
    text = text_of(pdf)
    assert "Frontal view: confirmed findings" in text
    assert "Edema whole image · Lateral view" in text


@pytest.mark.parametrize("size", [(100, 400), (400, 100), (1, 1), (1, 900), (900, 1)])
def test_pictures_of_any_shape_stay_on_the_page(size: tuple[int, int]) -> None:
    rows, columns = size
    images = (ReportImage("x", "View", rows, columns),)
    box = ReportBox(0, 0, columns / 2, rows / 2)
    findings = (replace(BOXED, image_id="x", box=box),)
    page = pages_of(
        render_pdf(make_content(images=images, findings=findings), make_pictures(x=size))
    )[0]
    pictures, _ = drawn_on(page)
    assert len(pictures) == 2
    for picture in pictures:
        assert picture.x >= 42
        assert picture.x + picture.width <= 595.3 - 42
        assert picture.y >= 56


def test_a_report_without_images_is_a_report() -> None:
    pdf = render_pdf(make_content(images=(), findings=()), {})
    assert "No finding was stated." in text_of(pdf)
    assert "Pictures are reduced" not in text_of(pdf)


def test_a_picture_that_was_not_handed_over_is_an_error() -> None:
    with pytest.raises(ReportImageInvalid):
        render_pdf(make_content(), {})
