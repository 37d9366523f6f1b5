"""Shipping a classifier alone, a detector alone, and what cannot be shipped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inference.evaluation import run as evaluation_run
from inference.evaluation.drift import read_reference
from inference.evaluation.results import read_report
from inference.networks.checkpoint import load_checkpoint
from inference.networks.files import checkpoint_sha256
from inference.training.config import load_config
from inference.training.facts import read_facts
from inference.training.preparation import build_network, prepare
from inference.training.ship import main
from tests.inference.support import write_folder

CONFIG = """
name = "small"
version = "0.1"
size_px = 64
seed = 1
[data]
kind = "chestxray14"
validation_share = 0.3
test_share = 0.3
[model]
{model}
neck = "light"
neck_channels = 16
representation_size = 16
anchor_sizes_px = [8.0, 16.0, 32.0]
"""
CLASSIFIER = 'box_labels = "none"'
DETECTOR = 'classifier = false\nbox_labels = "label_set"'


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "nih"
    findings = ("Cardiomegaly", "Mass|Edema", "No Finding")
    images = [(f"{k:02d}.png", str(k // 2), findings[k % 3]) for k in range(24)]
    write_folder(path, images, [f"{name},Cardiomegaly,10,10,40,40" for name, _, _ in images[::3]])
    return path


def prepared(folder: Path, data: Path, model: str) -> list[str]:
    """Arguments that ship random weights of this architecture."""
    config = folder / "c.toml"
    config.write_text(CONFIG.format(model=model))
    loaded = load_config(config)
    network = build_network(loaded, prepare(loaded, data, folder / "prepared").dataset)
    torch.save(network.state_dict(), folder / "best.pt")
    arguments = ["--config", str(config), "--data", str(data), "--from", "random weights"]
    arguments += ["--weights", str(folder / "best.pt"), "--out", str(folder / "model")]
    return [*arguments, "--resamples", "10"]


@pytest.mark.parametrize(
    ("model", "labels", "boxed"),
    [(CLASSIFIER, 14, 0), (DETECTOR, 0, 8)],
    ids=["classifier", "detector"],
)
def test_each_half_ships_and_is_evaluated_alone(
    tmp_path: Path, data: Path, model: str, labels: int, boxed: int
) -> None:
    assert main(prepared(tmp_path, data, model)) == 0
    folder = tmp_path / "model"
    about = load_checkpoint(folder, sha256=checkpoint_sha256(folder)).description
    assert (len(about.thresholds), len(about.boxes.thresholds)) == (labels, boxed)
    names = {metric.name for metric in about.metrics}
    assert ("macro_auroc" in names) == bool(labels)
    assert ("mean_ap40" in names) == bool(boxed)
    card = (folder / "CARD.md").read_text()
    assert ("### Findings on whole images" in card) == bool(labels)
    assert ("### Boxes" in card) == bool(boxed)
    reference = read_reference(folder)
    assert reference is not None
    assert [sum(row) for row in reference.counts.values()] == [reference.images] * labels
    out = tmp_path / "evaluation"
    common = ["--checkpoint", str(folder), "--data", str(data), "--out", str(out)]
    assert evaluation_run.main([*common, "--resamples", "10", "--without-figures"]) == 0
    found = read_report(out / "metrics.json").models[0].evaluation
    assert (found.findings is None) == (not labels)
    assert (found.boxes is None) == (not boxed)


def test_facts_hold_the_split_as_counted(tmp_path: Path, data: Path) -> None:
    assert main([*prepared(tmp_path, data, CLASSIFIER), "--note", "one", "--note", "two"]) == 0
    facts = read_facts(tmp_path / "model")
    assert sum(item.images for item in facts.parts) == 24
    assert sum(item.patients for item in facts.parts) == 12
    assert sum(item.boxed for item in facts.parts) == 8
    assert facts.notes == ("one", "two")
    assert facts.stages == ()


def test_weights_of_another_network_leave_nothing_behind(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = prepared(tmp_path, data, CLASSIFIER)
    torch.save({"other": torch.zeros(1)}, tmp_path / "best.pt")
    assert main(arguments) == 1
    assert capsys.readouterr().err.startswith("model_corrupt: ")
    assert not (tmp_path / "model").exists()
    assert not list(tmp_path.glob(".shipping*"))


def test_lungs_that_are_none_are_refused_before_any_work(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*prepared(tmp_path, data, CLASSIFIER), "--lungs", str(tmp_path / "none")]
    assert main(arguments) == 1
    assert capsys.readouterr().err.startswith("evaluation_refused: ")
    assert not (tmp_path / "model").exists()
