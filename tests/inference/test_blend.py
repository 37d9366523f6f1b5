from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from inference.networks.errors import ModelCorrupt
from inference.training.blend import blend, main, mean_of
from tests.inference.test_engine import OPTIM, judge, quiet, trainer

LATER = {"w": torch.tensor([4.0, 8.0]), "steps": torch.tensor(7), "detector": torch.tensor([1.0])}
EARLIER = {"w": torch.tensor([0.0, 0.0]), "steps": torch.tensor(3)}


def test_shared_weights_move_and_the_rest_stays() -> None:
    mixed = blend(LATER, EARLIER, 0.25)
    assert mixed["w"].tolist() == [3.0, 6.0]
    assert mixed["steps"] == 7
    assert mixed["detector"].tolist() == [1.0]
    assert blend(LATER, EARLIER, 1.0)["w"].tolist() == [0.0, 0.0]


def test_other_weights_or_shares_are_refused() -> None:
    with pytest.raises(ModelCorrupt):
        blend(LATER, {"w": torch.zeros(3)}, 0.5)
    with pytest.raises(ModelCorrupt):
        blend(LATER, {"other": torch.zeros(1)}, 0.5)
    with pytest.raises(ModelCorrupt):
        blend(LATER, EARLIER, 1.5)


def test_the_mean_of_several_epochs_is_written(tmp_path: Path) -> None:
    states = [{"w": torch.tensor([float(n), 6.0]), "steps": torch.tensor(n)} for n in (1, 2, 6)]
    files = [tmp_path / f"epoch-{n}.pt" for n in range(3)]
    for state, file in zip(states, files, strict=True):
        torch.save(state, file)
    assert main([*map(str, files), "--out", str(tmp_path / "mean.pt")]) == 0
    mean = torch.load(tmp_path / "mean.pt", weights_only=True)
    assert mean["w"].tolist() == pytest.approx([3.0, 6.0])
    assert mean["steps"] == 6


def test_epochs_of_another_network_have_no_mean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ModelCorrupt):
        mean_of([EARLIER, LATER])
    assert main([str(tmp_path / "none.pt"), "--out", str(tmp_path / "mean.pt")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "mean.pt").exists()


def test_the_last_epochs_are_kept_for_a_mean(tmp_path: Path) -> None:
    training = trainer(replace(OPTIM, epochs=3, keep_epochs=2), neck=None)
    training.fit(judge, tmp_path, quiet)
    assert sorted(file.name for file in tmp_path.glob("epoch-*")) == ["epoch-2.pt", "epoch-3.pt"]
    last = torch.load(tmp_path / "epoch-3.pt", weights_only=True)
    for name, value in training.average.network.state_dict().items():
        assert torch.equal(value, last[name]), name
