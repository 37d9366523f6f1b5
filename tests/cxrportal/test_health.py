"""Health is red while the active model is not what was registered, and says which way."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.models import ModelVersion
from inference.services.registry import model_activate, model_add
from tests.inference.support import save_small, small_network

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(tmp_path: Path) -> ModelVersion:
    save_small(tmp_path / "model", small_network(neck=None))
    return model_activate(model=model_add(path=tmp_path / "model"))


def test_health_is_green_with_a_model_that_is_whole(client, model) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_health_is_red_without_a_model(client, db) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")


@pytest.mark.parametrize("name", ["model.safetensors", "model.json"])
def test_health_is_red_when_a_file_is_gone(client, model, name: str) -> None:
    (Path(model.path) / name).unlink()
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["code"]) == (503, "model_missing")


@pytest.mark.parametrize("name", ["model.safetensors", "model.json"])
@pytest.mark.parametrize(
    "damage", [lambda whole: whole[:-1], lambda whole: b"", lambda w: w + b" "]
)
def test_health_is_red_when_a_file_is_another(client, model, name: str, damage) -> None:
    path = Path(model.path) / name
    path.write_bytes(damage(path.read_bytes()))
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["code"]) == (503, "model_hash_mismatch")
