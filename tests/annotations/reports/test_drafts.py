"""What the editor saves is what is signed; nothing is written over unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotations.errors import NotYourReview, ReviewCompleted, VersionConflict
from annotations.models import Letterhead, ReportDraft, ReportTemplate, Review
from annotations.reading.services.reviews import review_amend, review_update
from annotations.reports.content import report_draft
from annotations.reports.drafts import Saving, draft_save
from annotations.reports.letterhead import letterhead_set_logo, logo_made
from annotations.reports.services import draft_content, report_sign, signed_pdf
from cases.dicom.errors import FileRefused
from cases.reports.content import ReportContent
from tests.annotations.reports.test_services import text_of
from tests.cases.reports.test_pdf_blocks import a_logo
from tests.support.people import make_user
from tests.support.readings import decide

pytestmark = pytest.mark.django_db


def saving(review: Review, **sections: str) -> Saving:
    state = report_draft(review)
    return Saving(
        state.version,
        state.sections.impression,
        state.fresh,
        replace(state.sections, **sections),
    )


def test_an_untouched_text_follows_the_findings_and_an_edited_one_stays(review, clinician) -> None:
    decide(review)
    assert report_draft(review).sections.findings.endswith("(1).")
    draft_save(review=review, reader=clinician, saving=saving(review, technique="Supine."))
    decide(review, label="effusion")
    followed = report_draft(review)
    assert followed.sections.findings == followed.fresh
    assert followed.sections.findings.count("(") == 2
    draft_save(review=review, reader=clinician, saving=saving(review, findings="My own words."))
    decide(review, label="edema")
    kept = report_draft(review)
    assert kept.sections.findings == "My own words."
    assert kept.stale
    assert kept.sections.technique == "Supine."


def test_signing_freezes_what_the_editor_shows(review, clinician) -> None:
    decide(review)
    written = {
        "technique": "Supine, portable.",
        "comparison": "None.",
        "findings": "A nodule of 9 mm.",
        "impression": "Nodule.",
        "recommendation": "CT.",
    }
    draft_save(review=review, reader=clinician, saving=saving(review, **written))
    review.refresh_from_db()
    seen = draft_content(review).content_sha256
    report = report_sign(review=review, reader=clinician, version=review.version, seen=seen)
    said = text_of(signed_pdf(report))
    assert all(text in said for text in written.values())
    assert ReportContent.from_json(report.content).findings_text == "A nodule of 9 mm."
    with pytest.raises(ReviewCompleted):
        draft_save(review=review, reader=clinician, saving=saving(review, findings="Other."))


def test_a_text_that_changed_after_the_page_was_shown_is_not_signed(review, clinician) -> None:
    decide(review)
    seen = draft_content(review).content_sha256
    draft_save(review=review, reader=clinician, saving=saving(review, findings="Other."))
    with pytest.raises(VersionConflict):
        report_sign(review=review, reader=clinician, version=review.version, seen=seen)


def test_two_windows_do_not_write_over_each_other(review, clinician) -> None:
    one, other = saving(review, technique="One."), saving(review, technique="Other.")
    draft_save(review=review, reader=clinician, saving=one)
    with pytest.raises(VersionConflict):
        draft_save(review=review, reader=clinician, saving=other)
    assert ReportDraft.objects.get().technique == "One."


def test_an_impression_from_the_reading_room_is_not_written_over(review, clinician) -> None:
    mine = saving(review, impression="Mine.")
    review_update(review=review, reader=clinician, version=review.version, impression="Theirs.")
    with pytest.raises(VersionConflict):
        draft_save(review=review, reader=clinician, saving=mine)
    review.refresh_from_db()
    assert review.impression == "Theirs."
    assert not ReportDraft.objects.exists()


def test_nobody_writes_the_draft_of_another(review, department) -> None:
    other = make_user("clinician", department)
    with pytest.raises(NotYourReview):
        draft_save(review=review, reader=other, saving=saving(review, findings="Mine now."))


def test_an_amendment_starts_from_the_signed_text(case, review, clinician) -> None:
    decide(review)
    draft_save(review=review, reader=clinician, saving=saving(review, findings="Signed words."))
    review.refresh_from_db()
    report_sign(review=review, reader=clinician, version=review.version)
    amendment = review_amend(case=case, reader=clinician, reason="Side.")
    assert report_draft(amendment).sections.findings == "Signed words."
    draft_save(review=amendment, reader=clinician, saving=saving(amendment, findings="Later."))
    assert ReportDraft.objects.get(review=review).findings == "Signed words."


def test_a_version_from_before_there_were_sections_is_amended_afresh(
    case, review, clinician
) -> None:
    decide(review)
    report = report_sign(review=review, reader=clinician, version=review.version)
    old = ReportContent.from_json(report.content)
    del report.content["findings_text"]
    report.save(update_fields=["content"])
    amendment = review_amend(case=case, reader=clinician, reason="Side.")
    assert not ReportDraft.objects.filter(review=amendment).exists()
    assert report_draft(amendment).sections.findings == old.findings_text


def test_the_departments_templates_are_used(review, clinician, department) -> None:
    ReportTemplate.objects.create(
        department=department, technique="{views} erect.", findings="Seen:\n{findings}"
    )
    ReportTemplate.objects.create(
        department=department, for_no_finding=True, findings="Lungs clear.", impression="Normal."
    )
    decide(review)
    assert report_draft(review).sections.findings.startswith("Seen:\n")
    review.findings.all().delete()
    review = review_update(review=review, reader=clinician, version=review.version, no_finding=True)
    state = report_draft(review)
    assert (state.sections.findings, state.offered) == ("Lungs clear.", "Normal.")
    assert state.sections.impression == ""


def test_the_letterhead_is_frozen_with_the_report(review, clinician, department) -> None:
    decide(review)
    head = Letterhead.objects.create(department=department, address="1 Road", paper="Letter")
    letterhead_set_logo(letterhead=head, png=logo_made(a_logo()))
    report = report_sign(review=review, reader=clinician, version=review.version)
    assert report.content["logo_sha256"] == head.logo_sha256
    assert report.content["address"] == "1 Road"
    before = signed_pdf(report)
    letterhead_set_logo(letterhead=head, png=None)
    Letterhead.objects.update(address="2 Road")
    report.refresh_from_db()
    assert signed_pdf(report) == before
    assert "1 Road" in text_of(before)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\nrubbish"])
def test_a_logo_that_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefused):
        logo_made(data)
