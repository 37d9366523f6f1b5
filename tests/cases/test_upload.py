"""Files in: accepted whole or not at all, known again, given their patient and case."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from pydicom import dcmread

from cases.dicom.errors import FileRefused
from cases.models import Case, Image, Upload
from cases.services import upload as service
from cases.services.ingest import image_ingest
from cases.services.upload import SopInstanceConflict, UploadRequest, upload_accept
from cxrportal.accounts.models import Department, User
from cxrportal.common.storage import StorageUnavailable, read_bytes
from patients.models import Patient
from tests.cases.dicom.factories import chest_pixels, dicom_bytes, png_bytes
from tests.support.people import make_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(tmp_path: Path, department: Department, clinician: User):
    """Upload bytes as the clinician, by page unless said otherwise."""

    def _send(content: bytes, name: str = "image.dcm", **fields: object) -> service.Accepted:
        path = tmp_path / "received"
        path.write_bytes(content)
        request = UploadRequest(
            user=clinician, department=department, path=path, file_name=name, **fields
        )
        return upload_accept(request)

    return _send


def other(offset: int):
    """Pixels that differ from every other offset's."""
    return chest_pixels() // 2 + offset


def test_an_accepted_file_is_stored_byte_for_byte(send) -> None:
    content = dicom_bytes()
    image = send(content).image
    assert read_bytes(image.original_key) == content
    assert image.case.status == Case.Status.RECEIVED
    assert image.state == Image.State.WAITING


def test_a_refused_file_leaves_nothing(send) -> None:
    with pytest.raises(FileRefused) as caught:
        send(b"<html>not an image</html>", "evil.dcm")
    assert caught.value.http_status in range(400, 500)
    assert (Image.objects.count(), Case.objects.count(), Patient.objects.count()) == (0, 0, 0)
    assert Upload.objects.count() == 0


def test_nothing_is_accepted_when_the_store_is_away(send, monkeypatch) -> None:
    blocked = Path(default_storage.location) / "originals"
    if blocked.is_dir():
        blocked.rename(blocked.with_name("originals-away"))
    blocked.write_text("a file where a folder should be")
    try:
        with pytest.raises(StorageUnavailable):
            send(dicom_bytes())
    finally:
        blocked.unlink()
        away = blocked.with_name("originals-away")
        if away.is_dir():
            away.rename(blocked)
    assert not Image.objects.exists()


def test_the_same_bytes_again_are_the_same_image(send) -> None:
    content = dicom_bytes()
    first, again = send(content), send(content, "copy.dcm")
    assert again.image == first.image
    assert again.upload.outcome == "duplicate"
    assert Image.objects.count() == Case.objects.count() == 1


def test_the_same_pixels_with_another_header_keep_the_stored_one(send) -> None:
    first = send(dicom_bytes(PatientID="A1", SOPInstanceUID="2.25.77"))
    again = send(dicom_bytes(PatientID="B2", SOPInstanceUID="2.25.77"))
    assert again.image == first.image
    assert "duplicate_header_differs" in {w.code for w in again.warnings}
    assert list(Patient.objects.values_list("mrn", "claimed_mrn")) != []
    assert not Patient.objects.filter(mrn="B2").exists()


def test_the_same_uid_with_other_pixels_is_refused(send) -> None:
    send(dicom_bytes(SOPInstanceUID="2.25.77", pixels=other(1)))
    with pytest.raises(SopInstanceConflict) as caught:
        send(dicom_bytes(SOPInstanceUID="2.25.77", pixels=other(2)))
    assert caught.value.http_status == 409
    assert Image.objects.count() == 1


def test_images_of_one_study_join_one_case(send) -> None:
    first = send(dicom_bytes(StudyInstanceUID="2.25.5", SOPInstanceUID="2.25.51", pixels=other(1)))
    second = send(dicom_bytes(StudyInstanceUID="2.25.5", SOPInstanceUID="2.25.52", pixels=other(2)))
    assert first.image.case == second.image.case


def test_a_study_that_names_another_patient_becomes_an_unconfirmed_case(send) -> None:
    first = send(dicom_bytes(StudyInstanceUID="2.25.5", PatientID="A1", pixels=other(1)))
    second = send(
        dicom_bytes(
            StudyInstanceUID="2.25.5", SOPInstanceUID="2.25.52", PatientID="B2", pixels=other(2)
        )
    )
    assert second.image.case != first.image.case
    assert "identity_differs" in {w.code for w in second.warnings}


def test_a_known_mrn_with_fitting_identity_is_matched(send, department) -> None:
    known = make_patient(department, mrn="A1", sex="F")
    header = {"PatientID": "A1", "PatientSex": "F", "PatientBirthDate": "19600131"}
    assert send(dicom_bytes(**header)).image.case.patient == known


def test_a_known_mrn_with_another_birth_date_is_not_matched(send, department) -> None:
    known = make_patient(department, mrn="A1")
    case = send(dicom_bytes(PatientID="A1", PatientBirthDate="19990101")).image.case
    assert case.patient != known
    assert not case.patient.confirmed


def test_by_api_the_patient_is_always_unconfirmed(send, department) -> None:
    make_patient(department, mrn="A1", sex="F")
    header = {"PatientID": "A1", "PatientSex": "F", "PatientBirthDate": "19600131"}
    patient = send(dicom_bytes(**header), via_api=True).image.case.patient
    assert not patient.confirmed
    assert patient.claimed_mrn == "A1"


def test_a_picture_for_a_chosen_patient_opens_a_case_of_that_patient(send, department) -> None:
    chosen = make_patient(department)
    assert send(png_bytes(), "chest.png", patient=chosen).image.case.patient == chosen


def test_a_picture_without_identity_gets_an_unconfirmed_patient(send) -> None:
    assert not send(png_bytes(), "chest.png").image.case.patient.confirmed


def test_a_hostile_name_is_kept_as_data_and_never_as_a_path(send) -> None:
    image = send(dicom_bytes(), "../../etc/<script>alert(1)</script>.dcm").image
    assert "<script>" in image.original_name
    assert image.original_key == f"originals/{image.department_id}/{image.sha256}"


def test_a_second_image_takes_an_unread_case_back_and_leaves_a_signed_one(send) -> None:
    case = send(dicom_bytes(StudyInstanceUID="2.25.5", pixels=other(1))).image.case
    for status, after in (("PROPOSED", "RECEIVED"), ("SIGNED", "SIGNED")):
        Case.objects.filter(pk=case.pk).update(status=status)
        send(dicom_bytes(StudyInstanceUID="2.25.5", SOPInstanceUID=f"2.25.9{len(status)}",
                         pixels=other(len(status))))  # fmt: skip
        case.refresh_from_db()
        assert case.status == after


def test_ingest_makes_the_files_and_moves_the_case(send) -> None:
    image = send(dicom_bytes()).image
    image_ingest(image_id=image.pk)
    image.refresh_from_db()
    assert image.state == Image.State.DONE
    assert all(
        default_storage.exists(key)
        for key in (image.pixels_key, image.display_key, image.thumbnail_key)
    )
    assert Case.objects.get().status == Case.Status.INGESTED


def test_a_redelivered_ingest_changes_nothing(send) -> None:
    image = send(dicom_bytes()).image
    image_ingest(image_id=image.pk)
    before = Image.objects.values().get()
    image_ingest(image_id=image.pk)
    assert Image.objects.values().get() == before


def test_an_original_that_was_lost_fails_with_a_code_and_does_not_block(send) -> None:
    image = send(dicom_bytes()).image
    default_storage.delete(image.original_key)
    image_ingest(image_id=image.pk)
    image.refresh_from_db()
    assert (image.state, image.code) == ("FAILED", "storage_unavailable")
    assert Case.objects.get().status == Case.Status.INGESTED


def test_the_stored_original_is_still_a_readable_dicom_file(send, tmp_path) -> None:
    image = send(dicom_bytes(PatientName="Müller^Änne", SpecificCharacterSet="ISO_IR 192")).image
    copy = tmp_path / "copy.dcm"
    copy.write_bytes(read_bytes(image.original_key))
    assert str(dcmread(copy).PatientName) == "Müller^Änne"
