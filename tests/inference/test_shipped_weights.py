"""The checkpoint in the repository is whole, honest and small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import inference
from inference.networks.checkpoint import load_checkpoint
from inference.networks.files import checkpoint_sha256
from inference.predict.labels import CHESTXRAY14, vocabulary_code
from inference.predict.predictor import Predictor
from inference.training.splits import load_split
from tests.inference.support import radiograph

WEIGHTS = Path(inference.__path__[0]) / "weights"
# Of findings; the lungs' network and the input gate have tests of their own.
SHIPPED = sorted(
    path.parent
    for path in WEIGHTS.glob("*/model.json")
    if "label_set" in json.loads(path.read_text())
)
LARGEST_BYTES = 20_000_000


@pytest.fixture(params=SHIPPED, ids=lambda path: path.name)
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_it_loads_and_reads_an_image(folder: Path) -> None:
    identity = checkpoint_sha256(folder)
    result = Predictor.load(folder, sha256=identity, device="cpu").predict(radiograph(300, 250))
    assert result.labels == CHESTXRAY14
    assert all(vocabulary_code(label) for label in result.labels)
    assert result.heatmaps.maps.shape == (14, 96, 80)


def test_it_is_small_and_carries_its_evidence(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.iterdir()) < LARGEST_BYTES
    about = load_checkpoint(folder, sha256=checkpoint_sha256(folder)).description
    assert about.name == folder.name
    metrics = {metric.name: metric for metric in about.metrics}
    macro = metrics["macro_auroc"]
    assert macro.value >= 0.65
    assert macro.low < macro.value < macro.high
    assert load_split(folder / "split.csv").sha256 == about.provenance.split_sha256


def test_its_card_says_what_it_is_for_and_names_no_machine(folder: Path) -> None:
    card = (folder / "CARD.md").read_text()
    for needed in ("Intended use", "Limits", "Wang X", "held-out", "scores, not probabilities"):
        assert needed in card
    for text in (card, (folder / "model.json").read_text()):
        assert "/work" not in text
        assert "/home" not in text
