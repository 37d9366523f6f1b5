"""Analyses: done once by the model that is active, or failed with a reason, never silent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from annotations.models import Finding
from annotations.reading.services.proposals import findings_propose
from cases.models import Case, Image
from cases.services.ingest import image_ingest
from cases.services.upload import UploadRequest, upload_accept
from inference.models import Detection, HeatMap, InferenceRun, ModelVersion
from inference.networks.errors import ModelHashMismatch
from inference.networks.files import checkpoint_sha256
from inference.presentation import run_json
from inference.services import serving
from inference.services.infer import run_infer
from inference.services.registry import (
    SHIPPED_MODEL,
    ModelNotFound,
    model_activate,
    model_add,
    model_find,
    model_folder,
    model_verify,
)
from inference.services.runs import run_retry, runs_ensure
from tests.inference.support import save_small, small_network
from tests.support.phantoms import phantom_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def image(department, clinician, tmp_path: Path) -> Image:
    path = tmp_path / "phantom.dcm"
    path.write_bytes(phantom_bytes(5, findings=("Cardiomegaly",)))
    request = UploadRequest(
        user=clinician, department=department, path=path, file_name="phantom.dcm"
    )
    image = upload_accept(request).image
    image_ingest(image_id=image.pk)
    image.refresh_from_db()
    return image


@pytest.fixture
def model(db: None) -> ModelVersion:
    return model_activate(model=model_add())


def run_of(image: Image) -> InferenceRun:
    runs_ensure(case_id=image.case_id)
    return InferenceRun.objects.get(image=image)


def status_of(image: Image) -> str:
    return Case.objects.get(pk=image.case_id).status


def test_an_analysis_stores_scores_heat_maps_and_moves_the_case(image, model) -> None:
    run = run_of(image)
    run_infer(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.code, run.model_version) == ("DONE", "", model)
    assert run.detections.filter(x_min=None).count() == len(model.labels) == 14
    assert all(0 <= d.score <= 1 for d in run.detections.all())
    heatmap = HeatMap.objects.get(run=run)
    size = len(heatmap.labels) * heatmap.rows * heatmap.columns
    assert default_storage.size(heatmap.key) == size
    assert run.runtime == "torch"
    assert {"read", "preprocess", "network", "write"} <= set(run.timings_s)
    assert status_of(image) == Case.Status.ANALYSED


def test_boxes_lie_inside_the_original_image(image, model) -> None:
    run = run_of(image)
    run_infer(run_id=run.pk)
    for box in run.detections.exclude(x_min=None):
        assert 0 <= box.x_min < box.x_max <= image.columns
        assert 0 <= box.y_min < box.y_max <= image.rows


def test_a_redelivered_task_changes_nothing(image, model) -> None:
    run = run_of(image)
    run_infer(run_id=run.pk)
    findings_propose(run_id=run.pk)
    before = (
        list(Detection.objects.values()),
        list(Finding.objects.values()),
        InferenceRun.objects.values().get(),
    )
    run_infer(run_id=run.pk)
    findings_propose(run_id=run.pk)
    after = (
        list(Detection.objects.values()),
        list(Finding.objects.values()),
        InferenceRun.objects.values().get(),
    )
    assert after == before
    assert status_of(image) == Case.Status.PROPOSED


def test_the_same_image_gives_the_same_scores(image, model) -> None:
    run = run_of(image)
    run_infer(run_id=run.pk)
    first = list(run.detections.values_list("label", "score"))
    InferenceRun.objects.filter(pk=run.pk).update(state="WAITING")
    run_infer(run_id=run.pk)
    assert list(run.detections.values_list("label", "score")) == first


def test_without_a_model_the_case_is_readable_and_says_why(image) -> None:
    run = run_of(image)
    run_infer(run_id=run.pk)
    findings_propose(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.code) == ("FAILED", "model_unavailable")
    assert status_of(image) == Case.Status.PROPOSED
    assert not Finding.objects.exists()


def test_a_model_whose_files_changed_is_not_used(image, model, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(SHIPPED_MODEL, copy)
    with (copy / "model.json").open("a") as table:
        table.write(" ")
    ModelVersion.objects.filter(pk=model.pk).update(path=str(copy))
    model.refresh_from_db()
    assert model_verify(model=model) == "model_hash_mismatch"
    serving.unload()  # this process may hold the good files
    run = run_of(image)
    run_infer(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.code) == ("FAILED", "model_hash_mismatch")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("model.safetensors", None, "model_missing"),
        ("model.json", None, "model_missing"),
        ("model.safetensors", b"", "model_hash_mismatch"),
        ("model.json", b"{}", "model_hash_mismatch"),
    ],
)
def test_without_its_files_a_model_finds_nothing_and_says_so(
    image, tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    save_small(tmp_path / "small", small_network(neck=None))
    model_activate(model=model_add(path=tmp_path / "small"))
    path = tmp_path / "small" / name
    path.unlink() if content is None else path.write_bytes(content)
    serving.unload()
    run = run_of(image)
    run_infer(run_id=run.pk)
    findings_propose(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.code, run.runtime) == ("FAILED", code, "")
    assert run_json(run, hidden=False)["scores"] == []
    assert not Finding.objects.exists()
    assert not Detection.objects.exists()
    assert status_of(image) == Case.Status.PROPOSED


def test_what_is_no_human_chest_is_not_analysed(image, model) -> None:
    Image.objects.update(analysable=False)
    run = run_of(image)
    run_infer(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.code) == ("FAILED", "not_a_chest_radiograph")
    assert not run.detections.exists()


def test_a_failed_analysis_can_be_tried_again(image, clinician) -> None:
    run = run_of(image)
    run_infer(run_id=run.pk)
    findings_propose(run_id=run.pk)
    model = model_activate(model=model_add())
    run.refresh_from_db()
    again = run_retry(run=run, actor=clinician)
    assert (again.state, again.model_version) == ("WAITING", model)
    run_infer(run_id=run.pk)
    findings_propose(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == "DONE"
    assert InferenceRun.objects.count() == 1


def test_a_finished_analysis_is_not_done_over(image, model, clinician) -> None:
    run = run_of(image)
    run_infer(run_id=run.pk)
    run.refresh_from_db()
    assert run_retry(run=run, actor=clinician).state == "DONE"


def another_checkpoint(folder: Path) -> Path:
    """The shipped model under another identity: a line feed more in its description."""
    copy = folder / "other"
    shutil.copytree(SHIPPED_MODEL, copy)
    with (copy / "model.json").open("a") as table:
        table.write("\n")
    return copy


def test_a_second_model_retires_the_first(model, tmp_path: Path) -> None:
    second = model_activate(model=model_add(path=another_checkpoint(tmp_path)))
    model.refresh_from_db()
    assert (second.stage, model.stage) == ("active", "retired")


def test_a_model_that_is_not_what_was_registered_does_not_become_active(
    model, tmp_path: Path
) -> None:
    second = model_add(path=another_checkpoint(tmp_path))
    ModelVersion.objects.filter(pk=second.pk).update(sha256="e" * 64)
    second.refresh_from_db()
    with pytest.raises(ModelHashMismatch):
        model_activate(model=second)
    model.refresh_from_db()
    assert model.stage == "active"


def test_registering_the_same_files_again_gives_the_same_row(model) -> None:
    assert model_add() == model
    assert model_find(model.name) == model_find(model.sha256[:10]) == model
    with pytest.raises(ModelNotFound):
        model_find("no-such-model")


def test_the_shipped_model_stays_when_the_next_version_of_the_portal_replaces_it(
    settings, tmp_path: Path
) -> None:
    settings.MODEL_DIR = tmp_path / "models"
    model = model_add()
    kept = model_folder(model)
    assert kept == tmp_path / "models" / model.sha256[:16]
    assert checkpoint_sha256(kept) == checkpoint_sha256(SHIPPED_MODEL) == model.sha256
    assert (kept / "CARD.md").is_file()
    assert [folder.name for folder in (tmp_path / "models").iterdir()] == [kept.name]
    model.delete()
    assert model_folder(model_add()) == kept


def test_a_damaged_copy_of_the_shipped_model_is_replaced(settings, tmp_path: Path) -> None:
    settings.MODEL_DIR = tmp_path / "models"
    model = model_add()
    (model_folder(model) / "model.json").write_text("{}")
    assert model_verify(model=model) == "model_hash_mismatch"
    model.delete()
    assert model_verify(model=model_add()) == ""
