"""A release as 16-bit pictures and as DICOM: the same pixels, and nobody in any byte."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
import pydicom
import pytest

from annotations.models import Finding
from annotations.reading.services.reviews import review_open
from annotations.releases.filters import Images, ReleaseFilters
from annotations.releases.pixels import content_of
from cases.dicom.pixels import to_uint16
from cases.dicom.reader import decode
from cases.dicom.types import Limits
from cases.models import Image
from cases.services.burned_in import burned_in_review
from cases.services.ingest import image_ingest
from cases.services.upload import UploadRequest, upload_accept
from cxrportal.common.storage import read_bytes
from patients.models import Patient
from tests.annotations.importing.datasets import png
from tests.annotations.releases.test_build import build, members
from tests.annotations.releases.test_contents import rows
from tests.support.people import make_patient
from tests.support.readings import decide, read_case, sign

pytestmark = [pytest.mark.django_db, pytest.mark.services]
KEY = bytes(32)
BOX = (200, 256, 220, 276)


@pytest.fixture
def case(department, clinician):
    case = read_case(department, clinician, seed=1)
    review = review_open(case=case, reader=clinician)
    for proposal in Finding.objects.proposed().filter(case=case):
        decide(review, proposal=proposal, decision="ACCEPTED")
    sign(case, clinician)
    return case


def only_image(files: dict[str, bytes]) -> tuple[str, bytes]:
    ((name, content),) = ((n, c) for n, c in files.items() if n.startswith("images/"))
    return name, content


def test_a_16_bit_picture_is_the_display_at_full_depth(
    case, researcher, department, clinician
) -> None:
    burned_in_review(image=case.images.get(), actor=clinician, outcome="masked", masks=[BOX])
    release = build(researcher, department, filters=ReleaseFilters(images="png16"))
    assert (release.state, release.message) == ("DONE", "")
    _, content = only_image(members(release))
    found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    original = decode(read_bytes(Image.objects.get().original_key), Limits())
    expected = to_uint16(original.stored, original.facts.grid)
    expected[256:276, 200:220] = 0
    assert found.dtype == np.uint16
    assert np.array_equal(found, expected)


def test_a_dicom_release_keeps_the_stored_values_and_agrees_with_its_tables(
    case, researcher, department
) -> None:
    Patient.objects.update(sex="F")
    release = build(researcher, department, filters=ReleaseFilters(images="dicom"))
    assert (release.state, release.message) == ("DONE", "")
    files = members(release)
    name, content = only_image(files)
    (row,) = rows(files, "images.csv")
    found = pydicom.dcmread(BytesIO(content))
    assert name == row["file_name"] == f"images/{row['image']}.dcm"
    assert (found.PatientID, found.PatientSex) == (row["patient"], "F")
    assert found.StudyDate == row["study_date"].replace("-", "")
    assert (found.PatientIdentityRemoved, found.LongitudinalTemporalInformationModified) == (
        "YES", "MODIFIED",
    )  # fmt: skip
    codes = {item.CodeValue for item in found.DeidentificationMethodCodeSequence}
    assert codes == {"113100", "113107", "113108"}
    original = decode(read_bytes(Image.objects.get().original_key), Limits())
    assert np.array_equal(decode(content, Limits()).stored, original.stored)


def test_nobody_is_in_any_byte_of_a_dicom_release(case, researcher, department, clinician) -> None:
    files = members(build(researcher, department, filters=ReleaseFilters(images="dicom")))
    image = Image.objects.get()
    secrets = [b"PHANTOM-1", b"Phantom", clinician.email.encode(), image.sop_instance_uid.encode()]
    secrets.append(image.case.study_instance_uid.encode())
    secrets += [str(patient.pk).encode() for patient in Patient.objects.all()]
    header = pydicom.dcmread(BytesIO(read_bytes(image.original_key)), stop_before_pixels=True)
    secrets += [str(header.PatientName).encode(), header.SeriesInstanceUID.encode()]
    for name, content in files.items():
        assert not [s for s in secrets if s in content], name


def test_masks_are_black_in_the_stored_values(case, clinician) -> None:
    image = case.images.get()
    burned_in_review(image=image, actor=clinician, outcome="masked", masks=[BOX])
    found = decode(content_of(case, image, Images.DICOM, KEY), Limits())
    shown = to_uint16(found.stored, found.facts.grid)
    assert not shown[256:276, 200:220].any()
    original = decode(read_bytes(image.original_key), Limits())
    changed = found.stored != original.stored
    changed[256:276, 200:220] = False
    assert not changed.any()


def test_an_uploaded_picture_becomes_a_secondary_capture(department, clinician, tmp_path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(1))
    patient = make_patient(department, sex="M")
    request = UploadRequest(
        user=clinician, department=department, path=path, file_name="a.png", patient=patient
    )
    image = upload_accept(request).image
    image_ingest(image_id=image.pk)
    image.refresh_from_db()
    burned_in_review(image=image, actor=clinician, outcome="clean")
    content = content_of(image.case, image, Images.DICOM, KEY)
    found = pydicom.dcmread(BytesIO(content))
    assert (found.SOPClassUID, found.PatientSex) == ("1.2.840.10008.5.1.4.1.1.7", "M")
    assert str(image.pk.int).encode() not in content
    expected = cv2.imdecode(np.frombuffer(png(1), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(found.pixel_array, expected)
