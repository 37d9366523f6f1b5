"""A model comes over https, whole, and as the one that was asked for; or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inference.models import ModelVersion
from inference.networks.errors import ModelHashMismatch, ModelMissing
from inference.services.download import ModelTooLarge, ModelUnreachable, ModelUrlRefused
from inference.services.pull import ModelHashNeeded, model_pull
from tests.inference.support import save_small, small_network
from tests.support.https_files import HttpsFiles, https_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(tmp_path: Path, settings) -> Path:
    settings.MODEL_DIR = tmp_path / "models"
    return tmp_path / "models"


@pytest.fixture
def published(tmp_path: Path) -> tuple[Path, str]:
    folder = tmp_path / "published"
    identity = save_small(folder, small_network(neck=None))
    (folder / "CARD.md").write_text("# a card")
    return folder, identity


@pytest.fixture
def server(tmp_path: Path, settings, published: tuple[Path, str]) -> Iterator[HttpsFiles]:
    with https_files(tmp_path) as served:
        settings.MODEL_CA_FILE = str(served.certificate)
        for path in published[0].iterdir():
            served.files[f"/m/{path.name}"] = path.read_bytes()
        yield served


def assert_nothing_is_left(store: Path) -> None:
    assert not ModelVersion.objects.exists()
    assert not store.exists() or list(store.iterdir()) == []


def test_a_model_is_fetched_checked_and_registered(server, published, store) -> None:
    model = model_pull(source=f"{server.base}/m/", sha256=published[1].upper())
    assert (model.name, model.sha256, model.card) == ("small", published[1], "# a card")
    folder = store / published[1][:16]
    assert Path(model.path) == folder
    names = {"model.safetensors", "model.json", "CARD.md"}
    assert {path.name for path in folder.iterdir()} == names
    asked = len(server.asked)
    assert model_pull(source=f"{server.base}/m", sha256=published[1]) == model
    assert len(server.asked) == asked  # it is here already


def test_a_model_without_a_card_is_fetched(server, published, store) -> None:
    del server.files["/m/CARD.md"]
    assert model_pull(source=f"{server.base}/m", sha256=published[1]).card == ""


def test_a_model_is_copied_from_a_folder(published, store) -> None:
    folder, identity = published
    model = model_pull(source=str(folder), sha256=identity)
    assert Path(model.path).parent == store
    with pytest.raises(ModelMissing):
        model_pull(source=str(folder / "nowhere"), sha256="a" * 64)


def test_a_damaged_copy_is_replaced(server, published, store) -> None:
    model_pull(source=f"{server.base}/m", sha256=published[1])
    weights = store / published[1][:16] / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    model_pull(source=f"{server.base}/m", sha256=published[1])
    assert weights.read_bytes() == server.files["/m/model.safetensors"]


def test_other_files_than_asked_for_are_refused(server, published, store) -> None:
    server.files["/m/model.safetensors"] += b"\0"
    with pytest.raises(ModelHashMismatch):
        model_pull(source=f"{server.base}/m", sha256=published[1])
    assert_nothing_is_left(store)


def test_what_is_not_there_or_not_whole_is_refused(server, published, store) -> None:
    del server.files["/m/model.safetensors"]
    with pytest.raises(ModelUnreachable, match="404"):
        model_pull(source=f"{server.base}/m", sha256=published[1])
    assert_nothing_is_left(store)


def test_a_model_over_the_limit_is_refused(server, published, store, settings) -> None:
    settings.MODEL_PULL_MAX_BYTES = 1000
    with pytest.raises(ModelTooLarge):
        model_pull(source=f"{server.base}/m", sha256=published[1])
    assert_nothing_is_left(store)


@pytest.mark.parametrize(
    "source",
    ["http://127.0.0.1/m", "ftp://host/m", "file:///etc", "https://a:b@host/m", "https:///m"],
)
def test_any_other_address_than_plain_https_is_refused(source: str, published, store) -> None:
    with pytest.raises(ModelUrlRefused):
        model_pull(source=source, sha256=published[1])
    assert_nothing_is_left(store)


def test_a_redirect_to_plain_http_is_not_followed(server, published, store) -> None:
    server.redirects["/r/model.json"] = server.base.replace("https", "http") + "/m/model.json"
    with pytest.raises(ModelUrlRefused):
        model_pull(source=f"{server.base}/r", sha256=published[1])
    assert server.asked == ["/r/model.json"]
    assert_nothing_is_left(store)


def test_a_server_that_is_not_trusted_or_not_there_is_refused(
    server, published, store, settings
) -> None:
    settings.MODEL_CA_FILE = ""
    with pytest.raises(ModelUnreachable, match=r"(?i)certificate"):
        model_pull(source=f"{server.base}/m", sha256=published[1])
    with pytest.raises(ModelUnreachable):
        model_pull(source="https://127.0.0.1:1/m", sha256=published[1])
    assert_nothing_is_left(store)


@pytest.mark.parametrize("sha256", ["", "abc", "g" * 64, "../" * 22])
def test_a_model_is_not_fetched_without_its_hash(published, store, sha256: str) -> None:
    with pytest.raises(ModelHashNeeded):
        model_pull(source=str(published[0]), sha256=sha256)


def test_the_command_says_what_it_did_and_why_not(published, store, capsys) -> None:
    folder, identity = published
    call_command("model", "pull", str(folder), "--sha256", identity, "--activate")
    assert capsys.readouterr().out == f"small 0.0.1 {identity[:12]} active\n"
    call_command("model", "list")
    said = capsys.readouterr().out
    assert "scores; files are intact" in said
    assert "runtimes not checked yet" in said
    with pytest.raises(CommandError, match="model_hash_mismatch"):
        call_command("model", "pull", str(folder), "--sha256", "a" * 64)
    (store / identity[:16] / "model.json").unlink()
    with pytest.raises(CommandError, match="1 model"):
        call_command("model", "verify")
    assert "model_missing" in capsys.readouterr().out
