"""A data set becomes cases and reads once, however often it is brought in."""

from __future__ import annotations

import csv
import io

import pytest

from annotations.importing.errors import ArchiveGone, SourceInvalid
from annotations.importing.options import ImportOptions
from annotations.importing.selectors import imports_to_run
from annotations.importing.services.request import (
    ImportRequest,
    dataset_import_request,
    dataset_import_start,
)
from annotations.importing.services.run import dataset_import_run
from annotations.models import DatasetImport, Finding, ImportedImage, Review
from annotations.selectors import findings_visible_to
from cases.models import Case, Image
from cxrportal.accounts.models import AccessEvent, Membership, User
from cxrportal.accounts.permissions import NotAllowed
from cxrportal.common.storage import read_bytes, storage
from patients.models import Patient
from tests.annotations.importing.datasets import bring_in, coco_files, zipped
from tests.support.phantoms import phantom_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def rows_in_all() -> tuple[int, ...]:
    models = (Patient, Case, Image, Review, Finding, User, ImportedImage)
    return tuple(model.objects.count() for model in models)


def problems_of(job: DatasetImport) -> list[dict[str, str]]:
    if not job.problems_key:
        return []
    return list(csv.DictReader(io.StringIO(read_bytes(job.problems_key).decode())))


def test_a_data_set_becomes_cases_with_the_reads_of_its_readers(clinician, department) -> None:
    job = bring_in(clinician, department, zipped(coco_files(2)))
    assert (job.state, job.code, job.format) == ("DONE", "", "coco")
    assert (job.images_total, job.images_done) == (2, 2)
    assert job.counts["images"] == {
        "new": 2, "known": 0, "missing": 0, "refused": 0, "without_statement": 1,
    }  # fmt: skip
    assert job.counts["labels"] == {"nodule": 1}
    finding = Finding.objects.get()
    assert (finding.label, finding.decision) == ("nodule", "DRAWN")
    assert (finding.x_min, finding.y_min, finding.x_max, finding.y_max) == (10, 20, 40, 60)
    review = Review.objects.get()
    assert (review.state, review.imported_from, review.no_finding) == ("COMPLETED", job, False)
    assert Case.objects.count() == 2
    assert set(Case.objects.values_list("status", flat=True)) == {"RECEIVED"}


def test_an_imported_reader_has_a_name_that_says_so_and_no_login(clinician, department) -> None:
    bring_in(clinician, department, zipped(coco_files(2)))
    reader = User.objects.get(is_imported=True)
    assert str(reader) == "annotator (demo-set, imported)"
    assert (reader.is_active, reader.is_approved, reader.has_usable_password()) == (
        False, False, False,
    )  # fmt: skip
    assert str(Patient.objects.first()).endswith("(demo-set, imported)")


def test_the_same_data_set_again_changes_nothing(clinician, department) -> None:
    first = bring_in(clinician, department, zipped(coco_files(3)))
    before = rows_in_all()
    again = bring_in(clinician, department, zipped(coco_files(3)))
    assert rows_in_all() == before
    assert first.counts["findings"]["new"] == again.counts["findings"]["known"] == 2
    assert again.counts["images"]["known"] == 3


def test_a_redelivered_task_changes_nothing(clinician, department) -> None:
    job = bring_in(clinician, department, zipped(coco_files(2)))
    before = rows_in_all()
    dataset_import_run(import_id=job.pk)
    assert rows_in_all() == before
    assert DatasetImport.objects.get(pk=job.pk).attempts == 1


def test_a_killed_import_goes_on_where_it_stopped(clinician, department, monkeypatch) -> None:
    files = coco_files(3)
    request = ImportRequest(actor=clinician, department=department, source="demo-set")
    archive = zipped(files)
    job = dataset_import_request(
        request, archive=io.BytesIO(archive), file_name="set.zip", size_bytes=len(archive)
    )
    bring_in(clinician, department, zipped(coco_files(2)))  # what the dead worker had done
    DatasetImport.objects.filter(pk=job.pk).update(
        state="RUNNING", attempts=1, lease_until="2020-01-01T00:00:00Z"
    )
    assert list(imports_to_run(None)) == [job]
    dataset_import_run(import_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("DONE", 2)
    # The second image had no annotation in the smaller set; nothing was stored twice.
    assert (Image.objects.count(), Finding.objects.count()) == (3, 2)


def test_a_dry_run_counts_and_stores_nothing(clinician, department) -> None:
    files = coco_files(2)
    text = files["annotations.json"].decode()
    files["annotations.json"] = text.replace('"bbox": [10,', '"bbox": [250,').encode()
    before = rows_in_all()
    job = bring_in(clinician, department, zipped(files), dry_run=True)
    assert rows_in_all() == before
    assert job.counts["images"]["new"] == 2
    assert job.counts["problems"] == {"box_outside_image": 1}
    (problem,) = problems_of(job)
    assert (problem["file"], problem["row"], problem["code"]) == (
        "annotations.json#annotations", "1", "box_outside_image",
    )  # fmt: skip


def test_what_a_dry_run_saw_can_be_imported_and_the_archive_is_gone_then(
    clinician, department
) -> None:
    dry = bring_in(clinician, department, zipped(coco_files(2)), dry_run=True)
    job = dataset_import_start(dry_run=dry, actor=clinician)
    dataset_import_run(import_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.archive_key, Finding.objects.count()) == ("DONE", "", 1)
    assert not storage().exists(dry.archive_key)
    dry.refresh_from_db()
    with pytest.raises(ArchiveGone):
        dataset_import_start(dry_run=dry, actor=clinician)


def test_rows_with_a_problem_stand_in_a_table_and_the_others_are_imported(
    clinician, department
) -> None:
    files = coco_files(3)
    files["images/p2.png"] = b"\x89PNG\r\n\x1a\nbroken"
    text = files["annotations.json"].decode()
    more = (
        '{"id": 9, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]},'
        '{"id": 8, "image_id": 77, "category_id": 1, "bbox": [1, 2, 3, 4]},'
    )
    files["annotations.json"] = text.replace('"annotations": [', f'"annotations": [{more}').encode()
    job = bring_in(clinician, department, zipped(files))
    codes = sorted(problem["code"] for problem in problems_of(job))
    assert job.problems_total == len(codes) == 3
    assert "label_unknown" in codes
    assert "image_unknown" in codes
    assert job.counts["unknown_labels"] == {"Alien": 1}
    assert job.counts["images"]["refused"] == 1
    assert (Finding.objects.count(), Patient.objects.count()) == (1, 2)


def test_a_cell_of_the_problem_table_is_safe_in_a_spreadsheet(clinician, department) -> None:
    files = coco_files(2)
    text = files["annotations.json"].decode().replace('"p1.png"', '"=cmd()"')
    files["annotations.json"] = text.replace(
        '"id": 1, "file_name"', '"id": "=1", "file_name"'
    ).encode()
    job = bring_in(clinician, department, zipped(files), dry_run=True)
    assert {problem["image"] for problem in problems_of(job)} == {"'=1", "1"}


def test_unknown_labels_can_be_mapped(clinician, department) -> None:
    files = coco_files(2)
    files["annotations.json"] = files["annotations.json"].replace(b'"Nodule"', b'"Spot"')
    options = ImportOptions(label_map=(("spot", "nodule"),))
    assert bring_in(clinician, department, zipped(files)).counts["unknown_labels"] == {"Spot": 1}
    job = bring_in(clinician, department, zipped(files), options=options)
    assert job.counts["labels"] == {"nodule": 1}


def test_images_without_annotations_are_normal_only_where_that_is_said(
    clinician, department
) -> None:
    options = ImportOptions(empty_is_normal=True)
    bring_in(clinician, department, zipped(coco_files(2)), options=options)
    assert sorted(Review.objects.values_list("no_finding", flat=True)) == [False, True]


def test_a_dicom_file_keeps_its_study_and_the_patient_of_the_data_set(
    clinician, department
) -> None:
    files = coco_files(2)
    text = files["annotations.json"].decode().replace("p1.png", "p1.dcm")
    files["annotations.json"] = text.replace('"width": 256, "height": 256', '"note": 0').encode()
    del files["images/p1.png"]
    files["images/p1.dcm"] = phantom_bytes(1, mrn="SOMEBODY")
    job = bring_in(clinician, department, zipped(files))
    assert job.counts["images"]["new"] == 2
    image = Image.objects.get(kind="dicom")
    assert image.case.patient.mrn == "demo-set:1"
    assert "SOMEBODY" not in {patient.mrn for patient in Patient.objects.all()}


def test_reads_attach_to_an_image_that_was_uploaded_before(clinician, department) -> None:
    files = coco_files(2)
    bring_in(clinician, department, zipped(files))
    other = dict(files)
    other["annotations.json"] = files["annotations.json"].replace(b'"bbox": [10,', b'"bbox": [12,')
    job = bring_in(clinician, department, zipped(other))
    assert job.counts["images"]["known"] == 2
    assert sorted(Finding.objects.values_list("x_min", flat=True)) == [10, 12]


def test_who_is_no_clinician_of_the_department_may_not_ask(
    researcher, clinician, department, other_department
) -> None:
    content = io.BytesIO(b"")
    for actor, where in ((researcher, department), (clinician, other_department)):
        with pytest.raises(NotAllowed):
            dataset_import_request(
                ImportRequest(actor=actor, department=where, source="x"),
                archive=content, file_name="x.zip", size_bytes=0,
            )  # fmt: skip


def test_who_lost_the_role_meanwhile_imports_nothing(clinician, department) -> None:
    archive = zipped(coco_files(2))
    request = ImportRequest(actor=clinician, department=department, source="demo-set")
    job = dataset_import_request(
        request, archive=io.BytesIO(archive), file_name="x.zip", size_bytes=len(archive)
    )
    Membership.objects.filter(user=clinician).delete()
    dataset_import_run(import_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.code, Image.objects.count()) == ("FAILED", "not_allowed", 0)


def test_in_a_blind_department_imported_reads_are_others_reads(clinician, department) -> None:
    bring_in(clinician, department, zipped(coco_files(2)))
    assert findings_visible_to(clinician).count() == 1
    type(department).objects.filter(pk=department.pk).update(blind_reads=True)
    assert findings_visible_to(clinician).count() == 0


def test_each_new_image_is_in_the_audit_trail(clinician, department) -> None:
    job = bring_in(clinician, department, zipped(coco_files(2)))
    assert AccessEvent.objects.filter(verb="create", detail=f"import {job.pk}").count() == 2


@pytest.mark.parametrize(
    ("archive", "code"),
    [(b"no archive", "import_archive_refused"), (zipped({"a.txt": b""}), "import_format_unknown")],
)
def test_what_is_no_data_set_fails_with_a_code(clinician, department, archive, code) -> None:
    job = bring_in(clinician, department, archive)
    assert (job.state, job.code) == ("FAILED", code)


@pytest.mark.parametrize("name", ["", "Upper", "a/b", "-x", "x" * 41])
def test_a_bad_name_is_refused(clinician, department, name) -> None:
    with pytest.raises(SourceInvalid):
        dataset_import_request(
            ImportRequest(actor=clinician, department=department, source=name),
            archive=io.BytesIO(b""), file_name="x.zip", size_bytes=0,
        )  # fmt: skip
