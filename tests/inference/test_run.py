"""The commands, end to end on phantoms: train, ship, evaluate."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from inference.evaluation import run as evaluation_run
from inference.evaluation.results import read_report
from inference.networks.errors import ModelCorrupt, ModelMissing
from inference.networks.files import checkpoint_sha256
from inference.predict.predictor import Predictor
from inference.training import card as card_command
from inference.training import run as training_run
from inference.training import ship as training_ship
from inference.training.preparation import start_from
from tests.inference.support import radiograph, save_small, small_network

CONFIG = """
name = "phantoms"
version = "0.0.1"
size_px = 128
seed = 3
[data]
kind = "phantoms"
phantoms = 16
validation_share = 0.25
test_share = 0.25
[model]
box_labels = "label_set"
neck = "light"
neck_channels = 16
representation_size = 16
anchor_sizes_px = [16.0, 32.0, 64.0]
[optim]
epochs = 1
batch_images = 4
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained (one epoch) and shipped checkpoint under ``model``."""
    path = tmp_path_factory.mktemp("training")
    (path / "c.toml").write_text(CONFIG)
    common = ["--config", str(path / "c.toml")]
    assert training_run.main([*common, "--out", str(path / "out")]) == 0
    shipped = ["--weights", str(path / "out" / "best.pt"), "--out", str(path / "model")]
    words = ["--from", "random weights", "--note", "a made-up note", "--resamples", "50"]
    assert training_ship.main([*common, *shipped, *words]) == 0
    return path


def test_what_was_shipped_predicts_and_describes_itself(folder: Path) -> None:
    identity = checkpoint_sha256(folder / "model")
    predictor = Predictor.load(folder / "model", sha256=identity, device="cpu")
    about = predictor.description
    assert (about.name, about.version) == ("phantoms", "0.0.1")
    assert "synthetic phantoms" in about.card
    assert "not for diagnosis" in about.card
    assert "macro_auroc" in about.metrics
    assert len(predictor.predict(radiograph()).scores) == 14


def test_no_path_of_this_machine_is_shipped(folder: Path) -> None:
    for name in ("model.json", "CARD.md", "split.csv"):
        assert str(folder) not in (folder / "model" / name).read_text()


def test_the_evaluation_command_finds_the_shipped_numbers_again(folder: Path) -> None:
    arguments = ["--checkpoint", str(folder / "model"), "--data", str(folder / "out" / "phantoms")]
    arguments += ["--resamples", "50", "--out", str(folder / "eval")]
    assert evaluation_run.main(arguments) == 0
    found = read_report(folder / "eval" / "metrics.json").models[0]
    shipped = {
        item["name"]: item["value"]
        for item in json.loads((folder / "model" / "model.json").read_text())["metrics"]
    }
    assert found.evaluation.findings is not None
    value = found.evaluation.findings.macro_auroc.value
    assert value == pytest.approx(shipped["macro_auroc"], abs=1e-5)
    assert found.sha256 == checkpoint_sha256(folder / "model")
    assert found.trained_on == 0
    for name in ("report.md", "report.html"):
        assert "Macro AUROC" in (folder / "eval" / name).read_text()
    assert (folder / "eval" / "figures" / "roc.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "eval" / "tables" / "findings.csv").read_text().startswith("model,")


def test_what_ships_beside_the_weights(folder: Path) -> None:
    assert sorted(path.name for path in (folder / "model").iterdir()) == [
        *("CARD.html", "CARD.md", "facts.json", "metrics.json"),
        *("model.json", "model.safetensors", "reference_scores.json", "split.csv"),
    ]
    assert not list(folder.glob(".shipping*"))
    card, page = ((folder / "model" / name).read_text() for name in ("CARD.md", "CARD.html"))
    assert "a made-up note." in card
    assert "Training: 1 epoch run, epoch 1 kept" in card
    assert checkpoint_sha256(folder / "model") in card
    assert "<svg" in page
    assert "a made-up note." in page


def test_the_card_is_made_again_from_the_checkpoints_files(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(folder / "model", copy)
    card, page = ((copy / name).read_text() for name in ("CARD.md", "CARD.html"))
    (copy / "CARD.md").unlink()
    (copy / "CARD.html").unlink()
    assert card_command.main(["--checkpoint", str(copy)]) == 0
    assert (copy / "CARD.md").read_text() == card
    assert (copy / "CARD.html").read_text() == page


def test_numbers_of_another_checkpoint_make_no_card(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "model"
    shutil.copytree(folder / "model", copy)
    text = (copy / "metrics.json").read_text()
    (copy / "metrics.json").write_text(text.replace(checkpoint_sha256(copy), "0" * 64))
    assert card_command.main(["--checkpoint", str(copy)]) == 1
    assert capsys.readouterr().err.startswith("evaluation_refused: ")


def test_shipping_again_replaces_what_is_there(folder: Path) -> None:
    before = checkpoint_sha256(folder / "model")
    arguments = ["--config", str(folder / "c.toml"), "--weights", str(folder / "out" / "best.pt")]
    arguments += ["--out", str(folder / "model"), "--from", "random weights"]
    arguments += ["--note", "a made-up note", "--log", str(folder / "out" / "log.csv")]
    arguments += ["--resamples", "50"]
    assert training_ship.main(arguments) == 0
    assert checkpoint_sha256(folder / "model") == before


def test_refusals_are_one_line_with_a_code(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(folder), "--out", str(folder / "x")]
    wrong = ["--checkpoint", str(folder / "model"), *data, "--sha256", "0" * 64]
    assert evaluation_run.main(wrong) == 1
    assert capsys.readouterr().err.startswith("model_hash_mismatch: ")
    assert evaluation_run.main(["--checkpoint", str(folder / "none"), *data]) == 1
    assert capsys.readouterr().err.startswith("model_missing: ")
    (folder / "real.toml").write_text("name = 'a'\nversion = '1'")
    assert training_run.main(["--config", str(folder / "real.toml"), "--out", str(folder)]) == 1
    assert capsys.readouterr().err.startswith("training_data_refused: ")


@pytest.mark.parametrize("name", ["start.safetensors", "start.pt"])
def test_start_weights_that_do_not_read_or_fit_are_refused(tmp_path: Path, name: str) -> None:
    network = small_network(neck=None)
    with pytest.raises(ModelMissing):
        start_from(network, tmp_path / name)
    (tmp_path / name).write_bytes(b"no weights")
    with pytest.raises(ModelCorrupt):
        start_from(network, tmp_path / name)


def test_an_earlier_classifier_starts_a_multi_task_network_but_not_another_one(
    tmp_path: Path,
) -> None:
    earlier = small_network(neck=None)
    torch.save(earlier.state_dict(), tmp_path / "best.pt")
    network = small_network(neck="light")
    start_from(network, tmp_path / "best.pt")
    assert torch.equal(
        network.head.get_parameter("output.weight"), earlier.head.get_parameter("output.weight")
    )
    with pytest.raises(ModelCorrupt):
        start_from(small_network(head="hidden", neck=None), tmp_path / "best.pt")


def test_a_checkpoint_starts_a_network_of_its_kind(tmp_path: Path) -> None:
    shipped = small_network(neck=None)
    save_small(tmp_path / "checkpoint", shipped)
    network = small_network(neck=None)
    start_from(network, tmp_path / "checkpoint")
    for name, value in shipped.state_dict().items():
        assert torch.allclose(network.state_dict()[name], value, atol=1e-3), name
    (tmp_path / "checkpoint" / "model.safetensors").unlink()
    with pytest.raises(ModelMissing):
        start_from(network, tmp_path / "checkpoint")
