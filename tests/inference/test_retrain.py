"""The process that retrains: it dies with its parent, and goes on exactly where it was."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from inference.networks.checkpoint import load_checkpoint
from inference.training.child import PARENT_GONE, STANDARD
from inference.training.config import OptimConfig, TrainingConfig, load_config
from inference.training.errors import ConfigRefused
from inference.training.retrain_config import adapted, check_release, to_toml
from tests.annotations.retraining.test_training import TINY
from tests.inference.support import describe, save_small, small_network
from tests.support.releases import write_release_folder


def start(out: Path, data: Path, base: Path | None = None) -> subprocess.Popen[bytes]:
    out.mkdir(exist_ok=True)
    (out / "asked.toml").write_text(TINY.replace("epochs = 2", "epochs = 3"))
    request = {
        "config": str(out / "asked.toml"),
        "data": str(data),
        "out": str(out),
        "base": str(base) if base else "",
        "base_sha256": save_small(base) if base else "",
        "base_name": "small" if base else "",
        "name": "again",
        "version": "1",
        "seed": 3,
        "epochs": 0,
        "device": "cpu",
        "threads": 1,
        "resamples": 20,
    }
    arguments = [sys.executable, "-m", "inference.training.retrain", json.dumps(request)]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)


def finish(process: subprocess.Popen[bytes], out: Path) -> dict:
    assert process.wait(240) == 0
    process.stdin.close()
    return json.loads((out / "result.json").read_text())


@pytest.mark.slow
def test_a_killed_training_resumes_to_the_very_same_checkpoint(tmp_path: Path) -> None:
    write_release_folder(tmp_path / "data")
    first = start(tmp_path / "killed", tmp_path / "data")
    while not (tmp_path / "killed" / "progress.json").exists():
        assert first.poll() is None
        time.sleep(0.05)
    first.stdin.close()  # what its parent's death does
    assert first.wait(30) == PARENT_GONE
    assert not (tmp_path / "killed" / "result.json").exists()
    again = finish(start(tmp_path / "killed", tmp_path / "data"), tmp_path / "killed")
    whole = finish(start(tmp_path / "whole", tmp_path / "data"), tmp_path / "whole")
    assert again == whole
    assert again["ended"] == "finished"
    rows = json.loads((tmp_path / "killed" / "progress.json").read_text())["rows"]
    assert [row["epoch"] for row in rows] == [1, 2, 3]


@pytest.mark.slow
def test_a_base_of_other_labels_lends_its_backbone(tmp_path: Path) -> None:
    write_release_folder(tmp_path / "data")
    result = finish(start(tmp_path / "out", tmp_path / "data", tmp_path / "base"), tmp_path / "out")
    about = load_checkpoint(tmp_path / "out" / "checkpoint", sha256=result["sha256"]).description
    assert about.provenance.started_from == "small"
    assert about.network.detector.neck == "light"  # adapted to the base, not as the file says
    assert (tmp_path / "out" / "start.safetensors").exists()


def test_a_written_configuration_is_read_back_equal(tmp_path: Path) -> None:
    config = load_config(STANDARD)
    config = replace(config, name='quo"te', optim=replace(config.optim, epochs=3))
    (tmp_path / "c.toml").write_text(to_toml(config))
    assert load_config(tmp_path / "c.toml") == config


def test_a_base_gives_architecture_size_and_label_set() -> None:
    about = describe(small_network())
    config = adapted(load_config(STANDARD), about)
    assert config.size_px == 64
    assert config.data.label_set == "chestxray14"
    assert (config.model.box_labels, config.model.neck) == ("label_set", "light")
    assert config.model.anchor_sizes_px == (8.0, 16.0, 32.0)
    assert config.optim == load_config(STANDARD).optim
    assert isinstance(config.optim, OptimConfig)


def test_other_data_than_a_release_is_refused() -> None:
    with pytest.raises(ConfigRefused, match="release"):
        check_release(TrainingConfig("a", "b"))
    check_release(load_config(STANDARD))
