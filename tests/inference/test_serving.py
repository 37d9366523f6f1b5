"""A worker computes with torch at once, and with the faster runtime when it has been checked."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inference.models import ModelVersion
from inference.networks.errors import ModelMissing
from inference.predict.runtime_choice import RuntimeUnavailable
from inference.services import serving
from inference.services.registry import model_add
from inference.services.serving import predictor_of, runtime_cache, runtime_check
from tests.inference.support import radiograph, save_small

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(tmp_path: Path, settings):
    settings.MODEL_DIR = tmp_path / "models"
    settings.INFERENCE_RUNTIME = "auto"
    settings.INFERENCE_DEVICE = "cpu"
    folder = tmp_path / "checkpoint"
    save_small(folder)
    serving.unload()
    yield model_add(path=folder)
    serving.unload()


def test_with_torch_nothing_is_checked(model: ModelVersion, settings) -> None:
    settings.INFERENCE_RUNTIME = "torch"
    assert predictor_of(model).runtime == "torch"
    assert predictor_of(model) is predictor_of(model)
    assert not runtime_cache().exists()


@pytest.mark.slow
def test_torch_computes_until_the_check_has_ended(model: ModelVersion) -> None:
    first = predictor_of(model)
    assert first.runtime == "torch"
    assert predictor_of(model) is first
    report = runtime_check(model=model, wait=True)
    assert report is not None
    second = predictor_of(model)
    assert second is predictor_of(model)
    model.refresh_from_db()
    assert second.runtime == model.runtime == report.chosen
    assert model.runtime_note == report.summary
    serving.unload()  # as another worker, or this one after a restart
    assert predictor_of(model).runtime == report.chosen
    assert second.predict(radiograph()).runtime == report.chosen


@pytest.mark.slow
def test_openvino_asked_for_is_waited_for(model: ModelVersion, settings) -> None:
    settings.INFERENCE_RUNTIME = "openvino"
    assert predictor_of(model).runtime.startswith("openvino-")


def test_a_check_that_is_killed_leaves_torch_a_warning_and_a_word_in_the_registry(
    model: ModelVersion, settings, caplog: pytest.LogCaptureFixture
) -> None:
    first = predictor_of(model)
    check = serving._checks[model.sha256]
    check.kill()
    check.wait()
    with caplog.at_level(logging.WARNING):
        assert predictor_of(model).runtime == "torch"
    assert "small 0.0.1 is computed by torch; openvino-f32: the check ended with signal 9" in (
        caplog.text
    )
    model.refresh_from_db()
    assert model.runtime == "torch"
    assert "signal 9" in model.runtime_note
    assert first.predict(radiograph()).scores == predictor_of(model).predict(radiograph()).scores
    serving.unload()
    settings.INFERENCE_RUNTIME = "openvino"
    with pytest.raises(RuntimeUnavailable) as caught:
        predictor_of(model)
    assert caught.value.code == "runtime_unavailable"


@pytest.mark.slow
def test_the_command_prepares_a_model_and_the_list_tells_what_was_found(
    model: ModelVersion, capsys
) -> None:
    call_command("model", "prepare", "small")
    said = capsys.readouterr().out
    model.refresh_from_db()
    assert said == f"small 0.0.1: {model.runtime_note}\n"
    assert model.runtime in said
    call_command("model", "list")
    assert model.runtime_note in capsys.readouterr().out
    shutil.rmtree(model.path)
    call_command("model", "prepare", "small")  # known already
    with pytest.raises(CommandError, match="model_missing"):
        call_command("model", "prepare", "small", "--again")


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_is_not_held_against_a_runtime(model: ModelVersion) -> None:
    kept = Path(model.path)
    away = kept.with_name("away")
    shutil.move(kept, away)
    with pytest.raises(ModelMissing):
        predictor_of(model)
    serving._checks[model.sha256].wait()
    with pytest.raises(ModelMissing):
        predictor_of(model)
    shutil.move(away, kept)
    assert predictor_of(model).runtime == "torch"
    model.refresh_from_db()
    assert model.runtime == ""
