"""A release holds what was signed, without anybody in it, and is sealed whole or not at all."""

from __future__ import annotations

import csv
import json
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools.coco import COCO

from annotations.models import Finding, Release
from annotations.reading.services.reviews import review_open
from annotations.releases.errors import ReleaseNameInvalid
from annotations.releases.services.build import release_build
from annotations.releases.services.request import release_request
from cases.models import Image, TextCheck
from cases.services.burned_in import burned_in_review
from cxrportal.accounts.permissions import NotAllowed
from cxrportal.common.storage import read_bytes
from patients.models import Patient
from tests.support.readings import decide, read_case, sign

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def signed(department, clinician):
    """One case with an accepted box and one that a reader called normal."""
    positive = read_case(department, clinician, seed=1)
    review = review_open(case=positive, reader=clinician)
    boxed = Finding.objects.proposed().get(case=positive, x_min__isnull=False)
    decide(review, proposal=boxed, decision="ACCEPTED", comment="PLANTED-COMMENT")
    for proposal in Finding.objects.proposed().filter(case=positive, x_min=None):
        decide(review, proposal=proposal, decision="REJECTED")
    sign(positive, clinician)
    negative = read_case(department, clinician, seed=2)
    sign(negative, clinician, no_finding=True)
    return positive, negative


def build(researcher, department, **fields) -> Release:
    release = release_request(name="first", departments=[department], actor=researcher, **fields)
    release_build(release_id=release.pk)
    release.refresh_from_db()
    return release


def members(release: Release) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(read_bytes(release.archive_key))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_release_loads_in_pycocotools_with_its_negative(
    signed, researcher, department, tmp_path: Path
) -> None:
    release = build(researcher, department)
    assert (release.state, release.code) == ("DONE", "")
    files = members(release)
    path = tmp_path / "coco.json"
    path.write_bytes(files["coco.json"])
    coco = COCO(str(path))
    assert (len(coco.imgs), len(coco.anns)) == (2, 1)
    assert sorted(coco.imgs) == [1, 2]
    (annotation,) = coco.anns.values()
    assert annotation["bbox"] == [10.0, 20.0, 50.0, 70.0]
    assert {f"images/{Path(i['file_name']).name}" for i in coco.imgs.values()} <= set(files)


def test_csv_and_coco_say_the_same(signed, researcher, department) -> None:
    files = members(build(researcher, department))
    rows = list(csv.DictReader(StringIO(files["findings.csv"].decode())))
    assert sorted(row["label"] for row in rows) == ["cardiomegaly", "no_finding"]
    assert json.loads(files["coco.json"])["annotations"][0]["statement_id"] in (1, 2)


def test_no_identity_is_in_any_byte_of_it(signed, researcher, department, clinician) -> None:
    release = build(researcher, department)
    secrets = [b"PLANTED-COMMENT", b"PHANTOM-1", b"PHANTOM-2", clinician.email.encode()]
    for patient in Patient.objects.all():
        secrets += [str(patient.pk).encode(), patient.name.encode()]
    secrets += [uid.encode() for uid in Image.objects.values_list("sop_instance_uid", flat=True)]
    for name, content in members(release).items():
        assert not [s for s in secrets if s in content or s in name.encode()], name


def test_patients_without_consent_stay_out(signed, researcher, department) -> None:
    Patient.objects.filter(mrn="PHANTOM-2").update(research_consent=False)
    assert build(researcher, department).manifest["counts"]["images"] == 1


def test_declared_burned_in_text_stays_out_and_is_counted(signed, researcher, department) -> None:
    positive, _ = signed
    positive.images.update(warnings=[{"code": "burned_in", "message": "text"}])
    positive.images.get().text_reviews.all().delete()
    manifest = build(researcher, department).manifest
    assert manifest["deidentification"]["left_out"] == {"burned_in_text": 1}


def test_suspected_text_stays_out_until_somebody_looked_at_it(
    signed, researcher, department, clinician
) -> None:
    image = signed[0].images.get()
    image.text_reviews.all().delete()
    TextCheck.objects.filter(image=image).update(regions=[[5, 6, 25, 16]], region_count=1)
    manifest = build(researcher, department).manifest
    assert manifest["deidentification"]["left_out"] == {"suspected_text": 1}
    burned_in_review(image=image, actor=clinician, outcome="clean")
    assert build(researcher, department).manifest["counts"]["images"] == 2


def test_masks_are_black_in_the_release_and_nothing_else_changes(
    signed, researcher, department, clinician
) -> None:
    image = signed[0].images.get()
    before = stored_picture(image)
    box = 200, 256, 220, 276
    burned_in_review(image=image, actor=clinician, outcome="masked", masks=[box])
    expected = before.copy()
    expected[256:276, 200:220] = 0
    assert (expected != before).any()
    files = members(build(researcher, department))
    pictures = [picture_of(content) for name, content in files.items() if name.endswith(".png")]
    assert any(np.array_equal(picture, expected) for picture in pictures)
    assert not any(np.array_equal(picture, before) for picture in pictures)
    assert np.array_equal(stored_picture(image), before)


def picture_of(content: bytes) -> NDArray[np.uint8]:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def stored_picture(image: Image) -> NDArray[np.uint8]:
    return picture_of(read_bytes(image.display_key))


def test_nothing_to_release_fails_with_a_code(researcher, department) -> None:
    release = build(researcher, department)
    assert (release.state, release.code, release.archive_key) == (
        "FAILED",
        "nothing_to_release",
        "",
    )


def test_a_redelivered_build_changes_nothing(signed, researcher, department) -> None:
    release = build(researcher, department)
    release_build(release_id=release.pk)
    again = Release.objects.get(pk=release.pk)
    assert (again.archive_sha256, again.attempts) == (release.archive_sha256, 1)


def test_two_releases_cannot_be_linked_by_their_pseudonyms(signed, researcher, department) -> None:
    first, second = build(researcher, department), build(researcher, department)
    assert (first.number, second.number) == (1, 2)
    keys = [
        {i["key"] for i in json.loads(members(r)["coco.json"])["images"]} for r in (first, second)
    ]
    assert keys[0].isdisjoint(keys[1])


def test_a_signature_is_needed(department, clinician, researcher) -> None:
    case = read_case(department, clinician)
    decide(review_open(case=case, reader=clinician))
    assert build(researcher, department).code == "nothing_to_release"


@pytest.mark.parametrize("name", ["", "Upper", "a/b", "-x", "x" * 81, "drop table"])
def test_a_bad_name_is_refused(researcher, department, name) -> None:
    with pytest.raises(ReleaseNameInvalid):
        release_request(name=name, departments=[department], actor=researcher)


def test_only_a_researcher_of_every_department_may_ask(
    clinician, researcher, department, other_department
) -> None:
    with pytest.raises(NotAllowed):
        release_request(name="x", departments=[department], actor=clinician)
    with pytest.raises(NotAllowed):
        release_request(name="x", departments=[department, other_department], actor=researcher)
