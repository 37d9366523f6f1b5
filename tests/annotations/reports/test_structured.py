"""Structured files of signed versions: from what was signed, for those who may."""

from __future__ import annotations

import io
import json
import zipfile

import pydicom
import pytest
from django.urls import reverse

from annotations.models import Finding, SignedReport
from annotations.reading.services.reviews import review_open
from annotations.reports.services import ReportDamaged
from annotations.reports.structured import StructuredKind, structured_file
from cases.reports.codec import sha256_of
from cxrportal.accounts.models import AccessEvent
from patients.models import Patient
from tests.support.readings import decide, read_case, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(department, clinician) -> SignedReport:
    case = read_case(department, clinician)
    decide(review_open(case=case, reader=clinician))
    return sign(case, clinician)


def test_files_name_the_original(report) -> None:
    made = pydicom.dcmread(io.BytesIO(structured_file(report, StructuredKind.SR).data))
    image = report.case.images.get()
    assert made.StudyInstanceUID == image.facts["study"]["study_instance_uid"]
    evidence = made.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    assert evidence.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == image.sop_instance_uid


def test_later_edits_change_no_file(report) -> None:
    before = [structured_file(report, kind).data for kind in StructuredKind]
    Patient.objects.filter(pk=report.case.patient_id).update(name="Somebody Else")
    Finding.objects.update(comment="Changed.")
    assert [structured_file(report, kind).data for kind in StructuredKind] == before


def test_captures_come_as_a_zip_of_dicom(report) -> None:
    made = structured_file(report, StructuredKind.CAPTURES)
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert archive.namelist() == ["marked-1.dcm"]
        assert pydicom.dcmread(io.BytesIO(archive.read("marked-1.dcm"))).BurnedInAnnotation == "YES"


def test_content_that_was_not_signed_is_refused(report) -> None:
    report.content["impression"] = "Forged."
    with pytest.raises(ReportDamaged):
        structured_file(report, StructuredKind.FHIR)


@pytest.mark.parametrize("kind", list(StructuredKind))
def test_a_download_is_audited(client, clinician, report, kind) -> None:
    client.force_login(clinician)
    answer = client.get(reverse(f"reports:{kind.value}", args=[report.pk]))
    assert "attachment" in answer.headers["Content-Disposition"]
    assert AccessEvent.objects.filter(verb="export", target_key=str(report.pk), detail=kind.value)


def test_a_version_signed_before_has_its_pdf_alone(client, clinician, report) -> None:
    content = report.content
    content["images"][0]["picture_sha256"] = ""
    SignedReport.objects.filter(pk=report.pk).update(
        content=content, content_sha256=sha256_of(content)
    )
    client.force_login(clinician)
    assert client.get(reverse("reports:sr", args=[report.pk])).status_code == 409
    page = client.get(reverse("reports:latest", args=[report.case_id])).content.decode()
    assert "DICOM SR" not in page


def test_a_stranger_gets_none(client, stranger, report) -> None:
    client.force_login(stranger)
    for kind in StructuredKind:
        assert client.get(reverse(f"reports:{kind.value}", args=[report.pk])).status_code == 404


def test_the_bundle_holds_the_signed_pdf(report) -> None:
    bundle = json.loads(structured_file(report, StructuredKind.FHIR).data)
    form = bundle["entry"][0]["resource"]["presentedForm"][0]
    assert form["contentType"] == "application/pdf"
