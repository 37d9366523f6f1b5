"""Uploads, images and cases over the API: codes, rights, files."""

from __future__ import annotations

import gzip
import zipfile
from io import BytesIO

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from rest_framework.test import APIClient

from cases.models import Case, Image
from cases.services.ingest import image_ingest
from cxrportal.accounts.models import AccessEvent
from tests.cases.dicom.factories import chest_pixels, dicom_bytes, png_bytes
from tests.support.cases import make_case, make_image
from tests.support.people import make_department, make_patient, make_user

pytestmark = pytest.mark.django_db
UPLOADS = "/api/v1/uploads/"


@pytest.fixture
def api(clinician) -> APIClient:
    client = APIClient()
    client.force_login(clinician)
    return client


def send(api: APIClient, content: bytes, name: str = "image.dcm", **fields: str):
    sent = SimpleUploadedFile(name, content)
    return api.post(UPLOADS, {"file": sent, **fields}, format="multipart")


def test_an_accepted_file_answers_201_and_a_repeated_one_200(api) -> None:
    content = dicom_bytes()
    first = send(api, content)
    assert first.status_code == 201
    assert first.json()["results"][0]["outcome"] == "accepted"
    again = send(api, content)
    assert (again.status_code, again.json()["results"][0]["outcome"]) == (200, "duplicate")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"just some text, no image at all", "not_an_image"),
        (dicom_bytes()[:-100], "truncated"),
        (dicom_bytes(Modality="MR"), "modality_not_accepted"),
        (b"MZ" + dicom_bytes()[2:], "suspicious_preamble"),
        (dicom_bytes(PresentationIntentType="FOR PROCESSING"), "for_processing"),
    ],
)
def test_a_refused_file_answers_with_its_code_and_leaves_nothing(api, content, code) -> None:
    answer = send(api, content)
    assert answer.status_code in range(400, 500)
    assert answer.json()["code"] == code
    assert answer.json()["message"]
    assert not Image.objects.exists()
    assert not AccessEvent.objects.filter(target_type="image").exists()


def test_an_archive_answers_for_each_entry(api) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.dcm", dicom_bytes())
        archive.writestr("b.png", png_bytes())
        archive.writestr("../evil.dcm", dicom_bytes(SOPInstanceUID="2.25.9"))
        archive.writestr("c.txt", b"no image")
    answer = send(api, packed.getvalue(), "all.zip")
    assert answer.status_code == 207
    results = {r["file_name"]: (r["outcome"], r["code"]) for r in answer.json()["results"]}
    assert results["a.dcm"] == results["b.png"] == ("accepted", "")
    assert results["../evil.dcm"] == ("refused", "archive_entry_outside")
    assert results["c.txt"] == ("refused", "not_an_image")
    assert Image.objects.count() == 2


def test_an_archive_of_nothing_good_is_refused_as_a_whole(api) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("c.txt", b"no image")
    assert send(api, packed.getvalue(), "all.zip").status_code == 400


def test_a_file_that_is_too_large_is_refused_before_decoding(api, settings) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    answer = send(api, dicom_bytes())
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


def test_who_works_in_two_departments_says_which_one(department) -> None:
    user = make_user("clinician", department)
    second = make_department()
    user.memberships.create(department=second, role="clinician")
    api = APIClient()
    api.force_login(user)
    assert send(api, dicom_bytes()).json()["code"] == "department_needed"
    assert send(api, dicom_bytes(), department=str(second.pk)).status_code == 201
    assert Image.objects.get().department == second


def test_nobody_uploads_into_what_they_do_not_see(api, other_department) -> None:
    theirs = make_case(other_department)
    for fields in (
        {"department": str(other_department.pk)},
        {"patient": str(theirs.patient_id)},
        {"case": str(theirs.pk)},
    ):
        assert send(api, dicom_bytes(), **fields).status_code == 404
    assert not Image.objects.exists()


def test_a_second_image_goes_to_the_named_case(api, department) -> None:
    case = make_case(department)
    answer = send(api, png_bytes(), "second.png", case=str(case.pk))
    assert answer.json()["results"][0]["case"] == str(case.pk)


def test_the_pixels_are_the_stored_values(api) -> None:
    pixels = chest_pixels()
    send(api, dicom_bytes(pixels))
    image = Image.objects.get()
    image_ingest(image_id=image.pk)
    facts = api.get(f"/api/v1/images/{image.pk}/").json()
    answer = api.get(facts["pixels_url"])
    assert answer.headers["Content-Encoding"] == "gzip"
    raw = gzip.decompress(b"".join(answer.streaming_content))
    stored = np.frombuffer(raw, "<u2").reshape(facts["rows"], facts["columns"])
    np.testing.assert_array_equal(stored, pixels)
    again = api.get(facts["pixels_url"], headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_kept_pixels_are_asked_for_again_at_each_use_and_refused_to_a_stranger(
    api, stranger
) -> None:
    send(api, dicom_bytes(chest_pixels()))
    image = Image.objects.get()
    image_ingest(image_id=image.pk)
    answer = api.get(f"/api/v1/images/{image.pk}/pixels/")
    assert b"".join(answer.streaming_content)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    other = APIClient()
    other.force_login(stranger)
    kept = {"If-None-Match": answer.headers["ETag"]}
    assert other.get(f"/api/v1/images/{image.pk}/pixels/", headers=kept).status_code == 404


def test_the_original_comes_back_byte_for_byte_and_is_audited(api) -> None:
    content = dicom_bytes()
    send(api, content)
    image = Image.objects.get()
    answer = api.get(f"/api/v1/images/{image.pk}/original/")
    assert b"".join(answer.streaming_content) == content
    assert AccessEvent.objects.filter(verb="export", target_key=str(image.pk)).exists()


def test_a_stranger_gets_no_file(stranger, department) -> None:
    image = make_image(make_case(department), pixels_key="x", display_key="x", thumbnail_key="x")
    api = APIClient()
    api.force_login(stranger)
    for part in ("", "pixels/", "display/", "thumbnail/", "original/"):
        assert api.get(f"/api/v1/images/{image.pk}/{part}").status_code == 404


def test_a_file_that_is_gone_is_a_coded_answer(api, department) -> None:
    image = make_image(make_case(department), display_key="images/none/display.png")
    answer = api.get(f"/api/v1/images/{image.pk}/display/")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")


def test_a_case_is_made_edited_and_archived_with_its_version(api, department) -> None:
    patient = make_patient(department)
    made = api.post("/api/v1/cases/", {"patient": str(patient.pk), "accession_number": "A"})
    assert made.status_code == 201
    url = f"/api/v1/cases/{made.json()['id']}/"
    edited = api.patch(url, {"version": 1, "priority": 1})
    assert (edited.status_code, edited.json()["priority"]) == (200, 1)
    stale = api.patch(url, {"version": 1, "priority": 3})
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    assert api.post(url + "archive/").json()["is_archived"] is True
    assert api.post(url + "restore/").json()["is_archived"] is False


def test_a_case_is_not_given_to_somebody_of_another_department(api, department, stranger) -> None:
    case = make_case(department)
    answer = api.patch(f"/api/v1/cases/{case.pk}/", {"version": 1, "assignee": str(stranger.pk)})
    assert (answer.status_code, answer.json()["code"]) == (400, "assignee_not_in_department")


def test_the_status_cannot_be_written(api, department) -> None:
    case = make_case(department)
    api.patch(f"/api/v1/cases/{case.pk}/", {"version": 1, "status": "SIGNED"})
    assert Case.objects.get().status == "RECEIVED"


def test_the_case_form_saves_and_refuses_a_stale_version(client, clinician, department) -> None:
    client.force_login(clinician)
    case = make_case(department)
    url = reverse("cases:edit", args=[case.pk])
    fields = {"study_date": "2026-03-01", "priority": "2", "version": "1"}
    assert client.post(url, fields).status_code == 302
    assert client.post(url, fields).status_code == 409
    case.refresh_from_db()
    assert case.priority == 2


def test_the_upload_page_names_its_target(client, clinician, department) -> None:
    client.force_login(clinician)
    patient = make_patient(department, name="Target Person")
    shown = client.get(reverse("cases:upload"), {"patient": str(patient.pk)})
    assert "Target Person" in shown.content.decode()
    assert client.get(reverse("cases:upload"), {"patient": "nonsense"}).status_code == 404
