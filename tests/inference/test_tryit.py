"""Trying the model: an answer, an event in the audit, and nothing else that stays."""

from __future__ import annotations

import base64
from pathlib import Path

import pydicom
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases.dicom.errors import NotAnImage
from cases.models import Image, Upload
from cxrportal.accounts.models import AccessEvent
from inference.models import InferenceRun, ModelVersion
from inference.services import tryit
from inference.services.infer import ModelUnavailable, NotAnalysable
from inference.services.registry import model_activate, model_add
from inference.services.tryit import (
    MAX_BYTES,
    ChildRefused,
    TryBusy,
    TryFailed,
    TryTooLarge,
    TryTooSlow,
    image_try,
    sample_draw,
)
from tests.support.cases import make_model
from tests.support.phantoms import phantom_bytes, phantom_file
from tests.support.second_factors import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(settings, tmp_path: Path) -> Path:
    """Every temporary file of a try lies here."""
    cache.clear()
    folder = tmp_path / "temporary"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    settings.INFERENCE_RUNTIME = "torch"
    return folder


@pytest.fixture
def model() -> ModelVersion:
    return model_activate(model=model_add())


@pytest.mark.slow
def test_a_try_answers_and_leaves_only_an_event(model, researcher, places: Path) -> None:
    client = signed_in(Client(), researcher)
    file = SimpleUploadedFile("name of a patient.dcm", phantom_bytes(81))
    answer = client.post("/api/v1/try/", {"file": file})
    said = answer.json()
    assert answer.status_code == 200, said
    assert answer["Cache-Control"] == "no-store"
    assert {row["label"] for row in said["scores"]} == set(model.labels)
    scores = [row["score"] for row in said["scores"]]
    assert scores == sorted(scores, reverse=True)
    heat = said["heatmaps"]
    size = len(heat["labels"]) * heat["rows"] * heat["columns"]
    assert len(base64.b64decode(heat["data"])) == size
    assert (said["width_px"], said["height_px"]) == (440, 512)
    assert said["picture"].startswith("data:image/jpeg;base64,")
    assert list(places.iterdir()) == []
    for kept in (Image, Upload, InferenceRun):
        assert not kept.objects.exists()
    event = AccessEvent.objects.get(target_type="modelversion")
    assert (event.actor, event.detail) == (researcher, "tried an image")


def test_a_sample_is_another_radiograph_each_time_and_names_what_was_drawn() -> None:
    first, again, other = (sample_draw(seed=seed) for seed in (4, 4, 5))
    assert first.content == again.content != other.content
    assert all(label for label, _ in first.phantom.boxes)


def test_an_animal_a_text_and_a_huge_file_are_refused(tmp_path: Path, places: Path) -> None:
    make_model()
    path = phantom_file(tmp_path, seed=3)
    header = pydicom.dcmread(path)
    header.PatientSpeciesDescription = "Canis familiaris"
    header.save_as(path)
    with pytest.raises(NotAnalysable):
        image_try(path=path)
    path.write_text("text")
    with pytest.raises(NotAnImage):
        image_try(path=path)
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(TryTooLarge):
        image_try(path=path)
    assert list(places.iterdir()) == []


def test_without_an_active_model_nothing_is_tried(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable):
        image_try(path=phantom_file(tmp_path, seed=3))


def test_a_model_whose_files_are_gone_is_said_in_its_own_code(tmp_path: Path) -> None:
    make_model()
    with pytest.raises(ChildRefused) as refused:
        image_try(path=phantom_file(tmp_path, seed=3))
    assert (refused.value.code, refused.value.http_status) == ("model_missing", 503)


def test_an_analysis_that_hangs_is_ended(tmp_path: Path, places: Path, monkeypatch) -> None:
    make_model()
    monkeypatch.setattr(tryit, "ANALYSIS_S", 0.05)
    with pytest.raises(TryTooSlow):
        image_try(path=phantom_file(tmp_path, seed=3))
    assert list(places.iterdir()) == []


def test_a_second_try_waits_for_its_turn_only_so_long(tmp_path: Path, monkeypatch) -> None:
    make_model()
    monkeypatch.setattr(tryit, "TURN_S", 0.01)
    with tryit._one_at_a_time(), pytest.raises(TryBusy):
        image_try(path=phantom_file(tmp_path, seed=3))


def test_a_crash_and_a_babbling_child_are_failures() -> None:
    for status, text in ((1, b"{}"), (-11, b""), (0, b"no json")):
        with pytest.raises(TryFailed):
            tryit._understood(status, text)


def test_either_a_file_or_a_sample_is_asked_for(researcher) -> None:
    answer = signed_in(Client(), researcher).post("/api/v1/try/", {"sample": "false"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_clinician_may_not_and_many_tries_are_slowed(clinician, researcher) -> None:
    assert signed_in(Client(), clinician).post("/api/v1/try/", {}).status_code == 403
    client = signed_in(Client(), researcher)
    answers = [client.post("/api/v1/try/", {}).status_code for _ in range(21)]
    assert answers == [400] * 20 + [429]
