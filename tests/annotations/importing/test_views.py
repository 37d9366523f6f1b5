"""Asking for an import by page and by API, and who may not."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotations.importing.services.run import dataset_import_run
from annotations.models import DatasetImport, Finding
from annotations.selectors import needs_read_of
from cases.models import Case
from cxrportal.accounts.models import AccessEvent, User
from cxrportal.accounts.services import user_approve, user_reactivate
from tests.annotations.importing.datasets import bring_in, coco_files, zipped
from tests.support.people import make_department, make_user
from tests.support.tokens import bearer, make_token

pytestmark = pytest.mark.django_db


def archive(images: int = 2) -> SimpleUploadedFile:
    return SimpleUploadedFile("set.zip", zipped(coco_files(images)), "application/zip")


def test_the_page_begins_with_a_dry_run_and_imports_on_the_second_step(
    client, clinician, department
) -> None:
    client.force_login(clinician)
    answer = client.post(
        "/imports/",
        {"archive": archive(), "source": "demo-set", "department": department.pk, "reader": "ann"},
    )
    dry = DatasetImport.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/imports/{dry.pk}/")
    assert dry.dry_run
    dataset_import_run(import_id=dry.pk)
    page = client.get(f"/imports/{dry.pk}/").content.decode()
    assert "2 would be new" in page
    answer = client.post(f"/imports/{dry.pk}/start/")
    job = DatasetImport.objects.get(dry_run=False)
    assert answer["Location"] == f"/imports/{job.pk}/"
    dataset_import_run(import_id=job.pk)
    assert Finding.objects.get().review.reader.full_name == "ann (demo-set, imported)"
    assert "2 new" in client.get(f"/imports/{job.pk}/").content.decode()


def test_a_wrong_label_map_is_said_on_the_form(client, clinician, department) -> None:
    client.force_login(clinician)
    answer = client.post(
        "/imports/",
        {
            "archive": archive(), "source": "demo-set", "department": department.pk,
            "reader": "ann", "label_map": "Spot = no such finding",
        },
    )  # fmt: skip
    assert answer.status_code == 400
    assert "none of our findings" in answer.content.decode()
    assert not DatasetImport.objects.exists()


def test_a_program_sends_follows_and_fetches_the_problems(client, clinician, department) -> None:
    token = make_token(clinician, "write")[1]
    headers = bearer(token)
    files = coco_files(2)
    files["annotations.json"] = files["annotations.json"].replace(b'"Nodule"', b'"Spot"')
    sent = SimpleUploadedFile("set.zip", zipped(files), "application/zip")
    answer = client.post(
        "/api/v1/imports/", {"archive": sent, "source": "demo-set"}, headers=headers
    )
    assert answer.status_code == 202
    address = f"/api/v1/imports/{answer.json()['id']}/"
    dataset_import_run(import_id=DatasetImport.objects.get().pk)
    said = client.get(address, headers=headers).json()
    assert (said["state"], said["dry_run"], said["format"]) == ("DONE", True, "coco")
    assert said["counts"]["unknown_labels"] == {"Spot": 1}
    table = client.get(f"{address}problems/", headers=headers)
    assert b"label_unknown" in b"".join(table.streaming_content)
    assert AccessEvent.objects.filter(verb="export", detail="problems").count() == 1


def test_a_token_that_may_only_read_sends_nothing(client, clinician) -> None:
    token = make_token(clinician, "read")[1]
    answer = client.post(
        "/api/v1/imports/",
        {"archive": archive(), "source": "x"},
        headers=bearer(token),
    )
    assert answer.status_code == 403
    assert not DatasetImport.objects.exists()


def test_another_department_is_no_choice(client, clinician, other_department) -> None:
    client.force_login(clinician)
    answer = client.post(
        "/api/v1/imports/",
        {"archive": archive(), "source": "x", "department": other_department.pk},
    )
    assert answer.status_code == 400


def test_imports_of_other_departments_are_not_there(client, clinician, department) -> None:
    job = bring_in(clinician, department, zipped(coco_files(2)))
    client.force_login(make_user("clinician", make_department()))
    assert client.get(f"/imports/{job.pk}/").status_code == 404
    assert client.get("/api/v1/imports/").json()["results"] == []


def test_an_administrator_cannot_make_an_imported_reader_a_login(clinician, department) -> None:
    bring_in(clinician, department, zipped(coco_files(2)))
    reader = User.objects.get(is_imported=True)
    assert not user_approve(user=reader, actor=clinician)
    assert not user_reactivate(user=reader, actor=clinician)
    reader.refresh_from_db()
    assert (reader.is_active, reader.is_approved) == (False, False)


def test_an_imported_read_is_nobodys_reading_here(clinician, department) -> None:
    bring_in(clinician, department, zipped(coco_files(2)))
    Case.objects.update(status=Case.Status.PROPOSED)
    assert needs_read_of(clinician).count() == 2
