"""Signing freezes; nothing that changes later reaches a signed report."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from pypdf import PdfReader

from annotations.errors import (
    NotAmendable,
    NotSignable,
    NotYourReview,
    ReviewCompleted,
    VersionConflict,
)
from annotations.models import Finding, Review, SignedReport
from annotations.reading.services.reviews import review_amend, review_update
from annotations.reports.services import ReportDamaged, draft_pdf, report_sign, signed_pdf
from cases.models import Case
from cases.reports.content import ReportContent
from patients.models import Patient
from tests.support.people import make_user
from tests.support.readings import decide, read_case, sign

pytestmark = pytest.mark.django_db


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_a_signed_report_says_what_was_decided(case, review, clinician) -> None:
    boxed = Finding.objects.proposed().get(case=case, x_min__isnull=False)
    decide(review, proposal=boxed, decision="ACCEPTED")
    decide(review, label="nodule", box=(50.0, 60.0, 90.0, 99.0), comment="New since 2025.")
    report = sign(case, clinician)
    said = text_of(signed_pdf(report))
    assert "Cardiomegaly" in said
    assert "Nodule" in said
    assert "New since 2025." in said
    assert clinician.full_name in said
    content = ReportContent.from_json(report.content)
    assert content.content_sha256 == report.content_sha256
    assert (content.proposals.accepted, content.proposals.undecided) == (1, 1)
    case.refresh_from_db()
    assert case.status == Case.Status.SIGNED
    review.refresh_from_db()
    assert review.state == Review.State.COMPLETED


def test_a_failed_analysis_never_reads_as_no_finding(department, clinician) -> None:
    case = read_case(department, clinician, analysed=False)
    assert case.status == Case.Status.PROPOSED
    report = sign(case, clinician, no_finding=True)
    content = ReportContent.from_json(report.content)
    assert "model_unavailable" in content.model.unavailable_reason
    assert "unavailable" in text_of(signed_pdf(report))


def test_later_edits_do_not_reach_a_signed_report(case, clinician) -> None:
    report = sign(case, clinician, no_finding=True)
    before = signed_pdf(report)
    Patient.objects.update(name="Somebody Else")
    Case.objects.update(clinical_question="Another question")
    report.refresh_from_db()
    assert signed_pdf(report) == before
    assert hashlib.sha256(before).hexdigest() == report.pdf_sha256
    assert "Somebody Else" not in text_of(before)


def test_a_pdf_that_was_tampered_with_is_not_shown(case, clinician) -> None:
    report = sign(case, clinician, no_finding=True)
    with default_storage.open(report.pdf_key, "wb") as stored:
        stored.write(b"%PDF-1.4 forged")
    with pytest.raises(ReportDamaged):
        signed_pdf(report)


def test_the_draft_carries_its_mark(review) -> None:
    assert "Draft" in text_of(draft_pdf(review))


def test_nothing_stated_cannot_be_signed(review, clinician) -> None:
    with pytest.raises(NotSignable) as caught:
        report_sign(review=review, reader=clinician, version=1)
    assert caught.value.code == "nothing_stated"


def test_an_unconfirmed_patient_cannot_be_signed(case, clinician) -> None:
    Patient.objects.update(confirmed=False)
    with pytest.raises(NotSignable) as caught:
        sign(case, clinician, no_finding=True)
    assert caught.value.code == "patient_unconfirmed"
    assert not SignedReport.objects.exists()


def test_what_changed_after_looking_is_not_signed(review, clinician) -> None:
    review_update(review=review, reader=clinician, version=1, impression="Clear.")
    with pytest.raises(VersionConflict):
        report_sign(review=review, reader=clinician, version=1)
    assert not SignedReport.objects.exists()


def test_nobody_signs_the_review_of_another(review, department) -> None:
    with pytest.raises(NotYourReview):
        report_sign(review=review, reader=make_user("clinician", department), version=1)


def test_a_review_is_signed_once(case, review, clinician) -> None:
    sign(case, clinician, no_finding=True)
    review.refresh_from_db()
    with pytest.raises(ReviewCompleted):
        report_sign(review=review, reader=clinician, version=review.version)


def test_an_amendment_starts_from_what_was_signed_and_replaces_it(case, review, clinician) -> None:
    decide(review, label="nodule")
    first = sign(case, clinician)
    bytes_of_first = signed_pdf(first)
    amendment = review_amend(case=case, reader=clinician, reason="Overlooked effusion.")
    assert [f.label for f in amendment.findings.all()] == ["nodule"]
    decide(amendment, label="effusion")
    second = report_sign(review=amendment, reader=clinician, version=amendment.version)
    assert (second.version, second.supersedes) == (2, first)
    first.refresh_from_db()
    assert signed_pdf(first) == bytes_of_first
    assert "Overlooked effusion." in text_of(signed_pdf(second))
    case.refresh_from_db()
    assert case.status == Case.Status.AMENDED


def test_an_amendment_needs_a_reason_and_a_signed_report(case, clinician) -> None:
    with pytest.raises(NotAmendable):
        review_amend(case=case, reader=clinician, reason="because")
    sign(case, clinician, no_finding=True)
    with pytest.raises(NotAmendable):
        review_amend(case=case, reader=clinician, reason="  ")


def test_only_one_reader_amends_at_a_time(case, clinician, department) -> None:
    sign(case, clinician, no_finding=True)
    review_amend(case=case, reader=clinician, reason="one")
    with pytest.raises(NotAmendable):
        review_amend(case=case, reader=make_user("clinician", department), reason="two")
