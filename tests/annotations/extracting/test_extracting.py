"""Tables, arrays and features of a release: its own images and names, for whoever may have it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest

from annotations.extracting.options import ExtractionOptions
from annotations.extracting.services.run import extraction_run
from annotations.extracting.tasks import run_extraction_task
from annotations.models import Extraction, Release
from annotations.releases.filters import ReleaseFilters
from cases.dicom.extraction.metadata import OWN_COLUMNS
from cases.models import Image
from cxrportal.accounts.models import AccessEvent
from cxrportal.common.storage import put_durable, read_bytes, storage
from patients.models import Patient
from tests.annotations.extracting.support import EVERYTHING, extracted, files_of
from tests.annotations.releases.test_build import build, members, picture_of
from tests.annotations.releases.test_contents import rows
from tests.support.readings import read_case, sign

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def signed(department, clinician) -> None:
    for seed in (1, 2):
        sign(read_case(department, clinician, seed=seed), clinician, no_finding=True)


def test_a_researcher_asks_on_a_page_and_gets_the_images_of_the_release(
    signed, researcher, department, client
) -> None:
    release = build(researcher, department)
    client.force_login(researcher)
    page = client.get(f"/releases/{release.pk}/").content.decode()
    assert f'action="/extractions/release/{release.pk}/"' in page
    assert "metadata.csv can only say what a picture says" in page
    answer = client.post(
        f"/extractions/release/{release.pk}/", EVERYTHING | {"fit": "letterbox", "size_px": ""}
    )
    extraction = Extraction.objects.get()
    assert answer.url == f"/extractions/{extraction.pk}/"
    assert "0 of 0 images extracted" in client.get(answer.url).content.decode()

    run_extraction_task(str(extraction.pk))

    extraction.refresh_from_db()
    assert (extraction.state, extraction.message) == ("DONE", "")
    assert (extraction.images_done, extraction.result) == (2, {"done": 2, "codes": {}})
    download = client.get(f"{answer.url}download/")
    with zipfile.ZipFile(io.BytesIO(b"".join(download.streaming_content))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    of_release = members(release)
    names = {row["image"] for row in rows(of_release, "images.csv")}
    assert {row["key"] for row in rows(files, "metadata.csv")} == names
    assert {row["key"] for row in rows(files, "features.csv")} == names
    assert len(rows(files, "features.csv")[0]) == 185
    assert rows(files, "errors.csv") == []
    assert {name for name in files if name.startswith("png/")} == {f"png/{n}.png" for n in names}
    with h5py.File(io.BytesIO(files["pixels.h5"])) as pixels:
        assert set(pixels) == names
        for name in names:
            shown = picture_of(of_release[f"images/{name}.png"])
            assert np.array_equal(pixels[name][()], shown)
            assert np.array_equal(picture_of(files[f"png/{name}.png"]), shown)
        assert (pixels.attrs["identity"], pixels.attrs["key_of_pseudonyms"]) == ("removed", "none")
    told = json.loads(files["extraction.json"])
    assert (told["release"], told["release_sha256"]) == (str(release), release.archive_sha256)
    event = AccessEvent.objects.get(
        verb="export", target_key=str(extraction.pk), detail__startswith="downloaded"
    )
    assert (event.actor, event.detail) == (researcher, f"downloaded, of {release}")


def test_a_dicom_release_gives_its_header_and_16_bit_squares(
    signed, researcher, department
) -> None:
    release = build(researcher, department, filters=ReleaseFilters(images="dicom"))
    wanted = ExtractionOptions(metadata=True, pixels=True, bits=16, size_px=256, fit="stretch")
    files = files_of(extracted(release, researcher, wanted))
    images = {row["image"]: row for row in rows(members(release), "images.csv")}
    found = rows(files, "metadata.csv")
    assert {row["key"] for row in found} == set(images)
    for row in found:
        assert row["PatientID"] == images[row["key"]]["patient"]
        assert row["StudyDate"] == images[row["key"]]["study_date"].replace("-", "")
        assert (row["kind"], row["PatientIdentityRemoved"]) == ("dicom", "YES")
        assert row["PatientName"] == row["PatientID"]
        assert "InstitutionName" not in row
    with h5py.File(io.BytesIO(files["pixels.h5"])) as pixels:
        shapes = {(image.shape, image.dtype.name) for image in pixels.values()}
    assert shapes == {((256, 256), "uint16")}


def test_the_metadata_of_pictures_says_no_more_than_the_pictures(drawn, researcher) -> None:
    (row, *_) = rows(files_of(extracted(drawn, researcher)), "metadata.csv")
    assert (row["kind"], row["rows_px"], row["columns_px"]) == ("png", "64", "64")
    said = {name for name, cell in row.items() if cell}
    assert said <= set(OWN_COLUMNS)
    assert not said & {"age_years", "view"}


def test_nobody_is_in_any_byte_of_it(signed, researcher, department, clinician) -> None:
    release = build(researcher, department, filters=ReleaseFilters(images="dicom"))
    wanted = ExtractionOptions(metadata=True, pixels=True, png=True)
    files = files_of(extracted(release, researcher, wanted))
    secrets = ["PHANTOM-1", "PHANTOM-2", "Phantom", clinician.email, clinician.full_name]
    secrets += [str(patient.pk) for patient in Patient.objects.all()]
    secrets += Image.objects.values_list("sop_instance_uid", flat=True)
    for name, content in files.items():
        assert not [s for s in secrets if s.encode() in content or s in name], name


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"bits": "8", "fit": "letterbox"}, "(extraction_invalid)"),
        ({"pixels": "on", "bits": "12", "fit": "letterbox"}, "12 is not one of"),
        ({"pixels": "on", "bits": "8", "fit": "letterbox", "size_px": "100"}, "100 is not one of"),
        ({"pixels": "on", "bits": "8", "fit": "crop"}, "crop is not one of"),
    ],
)
def test_a_form_that_asks_for_nothing_or_for_nonsense_is_refused(
    drawn, researcher, client, sent, says
) -> None:
    client.force_login(researcher)
    answer = client.post(f"/extractions/release/{drawn.pk}/", sent)
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert not Extraction.objects.exists()


def test_an_altered_archive_is_not_extracted(drawn, researcher) -> None:
    content = bytearray(read_bytes(drawn.archive_key))
    content[-30] ^= 1
    put_durable(drawn.archive_key, io.BytesIO(content))
    extraction = extracted(drawn, researcher)
    assert (extraction.state, extraction.code) == ("FAILED", "archive_altered")


def test_an_image_that_cannot_be_read_stops_nothing_and_is_named(
    researcher, department, drawn
) -> None:
    wanted = ExtractionOptions(features=True)
    Path(storage().path(drawn.archive_key)).write_bytes(with_a_tiny_picture(drawn))
    Release.objects.update(archive_sha256=sha256_of(drawn))
    drawn.refresh_from_db()
    extraction = extracted(drawn, researcher, wanted)
    assert extraction.result == {"done": 4, "codes": {"size_invalid": 1}}
    (row,) = rows(files_of(extraction), "errors.csv")
    assert (row["file"], row["code"]) == ("I-tiny.png", "size_invalid")


def with_a_tiny_picture(release: Release) -> bytes:
    buffer = io.BytesIO(read_bytes(release.archive_key))
    with zipfile.ZipFile(buffer, "a") as archive:
        _, png = cv2.imencode(".png", np.full((3, 3), 7, np.uint8))
        archive.writestr("images/I-tiny.png", png.tobytes())
    return buffer.getvalue()


def sha256_of(release: Release) -> str:
    return hashlib.sha256(read_bytes(release.archive_key)).hexdigest()


def test_a_redelivered_task_changes_nothing(drawn, researcher) -> None:
    extraction = extracted(drawn, researcher)
    extraction_run(extraction_id=extraction.pk)
    again = Extraction.objects.get(pk=extraction.pk)
    assert (again.attempts, again.archive_key) == (1, extraction.archive_key)


def test_a_program_asks_follows_downloads_and_deletes(drawn, researcher, client) -> None:
    client.force_login(researcher)
    asked = {"release": str(drawn.pk), "pixels": True, "size_px": 256}
    answer = client.post("/api/v1/extractions/", asked, "application/json")
    assert answer.status_code == 202
    address = f"/api/v1/extractions/{answer.json()['id']}/"
    assert client.get(f"{address}download/").json()["code"] == "extraction_not_ready"
    extraction_run(extraction_id=Extraction.objects.get().pk)
    said = client.get(address).json()
    assert (said["state"], said["images_done"], said["options"]["size_px"]) == ("DONE", 4, 256)
    sent = client.get(f"{address}download/")
    content = b"".join(sent.streaming_content)
    assert (sent["Content-Type"], len(content)) == ("application/zip", said["archive_bytes"])
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "asked", [{}, {"pixels": True, "bits": 12}, {"pixels": True, "size_px": 300}]
)
def test_the_api_refuses_what_it_cannot_make(drawn, researcher, client, asked) -> None:
    client.force_login(researcher)
    sent = asked | {"release": str(drawn.pk)}
    assert client.post("/api/v1/extractions/", sent, "application/json").status_code == 400


def test_rows_are_csv_that_any_reader_takes(drawn, researcher) -> None:
    content = files_of(extracted(drawn, researcher))["metadata.csv"].decode()
    first, *others = csv.reader(io.StringIO(content, newline=""))
    assert first[: len(OWN_COLUMNS)] == list(OWN_COLUMNS)
    assert {len(row) for row in others} == {len(first)}
