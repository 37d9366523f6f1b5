"""A whole training from Python, as a background task starts it, and the grid; on phantoms."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from inference.training import grid, run
from inference.training.config import (
    DataConfig,
    ModelConfig,
    OptimConfig,
    TrainingConfig,
)
from inference.training.errors import ConfigRefused, ResumeRefused
from inference.training.history import read_log
from inference.training.images import stored_shape
from inference.training.progress import Ending, Progress
from inference.training.run import TrainingRequest, run_training

CONFIG = TrainingConfig(
    name="phantoms",
    version="0.0.1",
    size_px=128,
    data=DataConfig(kind="phantoms", phantoms=8, validation_share=0.25, test_share=0.25),
    model=ModelConfig(
        neck="light",
        neck_channels=16,
        representation_size=16,
        anchor_sizes_px=(16.0, 32.0, 64.0),
    ),
    optim=OptimConfig(epochs=2, batch_images=4),
)
TOML = """
name = "phantoms"
version = "0.0.1"
size_px = 128
[data]
kind = "phantoms"
phantoms = 12
validation_share = 0.25
test_share = 0.25
"""


def quiet(line: str) -> None:
    """What the command prints is read from the files here."""


def request(out: Path, config: TrainingConfig = CONFIG, **options: bool) -> TrainingRequest:
    return TrainingRequest(config, None, out, device="cpu", threads=1, **options)


def test_a_caller_hears_of_every_epoch_and_may_stop_and_resume(tmp_path: Path) -> None:
    heard: list[Progress] = []
    ending = run_training(
        request(tmp_path), quiet, report=heard.append, should_stop=lambda: bool(heard)
    )
    assert ending is Ending.STOPPED
    assert [item.row.epoch for item in heard] == [1]
    again = run_training(request(tmp_path, resume=True), quiet, report=heard.append)
    assert again is Ending.FINISHED
    assert [item.row.epoch for item in heard] == [1, 2]
    rows = read_log(tmp_path / "log.csv", up_to=2)
    assert all(math.isfinite(row.validation_loss) for row in rows)
    assert stored_shape(tmp_path / "curves.png")[0] > 100


def test_a_detector_alone_trains(tmp_path: Path) -> None:
    model = replace(CONFIG.model, classifier=False, box_labels="label_set")
    config = replace(CONFIG, model=model, optim=replace(CONFIG.optim, epochs=1))
    assert run_training(request(tmp_path, config), quiet) is Ending.FINISHED
    (row,) = read_log(tmp_path / "log.csv", up_to=1)
    assert row.classification == 0.0
    assert row.detection > 0
    assert math.isnan(row.auroc)
    assert math.isfinite(row.validation_loss)


def test_there_is_nothing_to_resume_in_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ResumeRefused):
        run_training(request(tmp_path, resume=True), quiet)


def test_float16_on_a_processor_is_refused(tmp_path: Path) -> None:
    config = replace(CONFIG, optim=replace(CONFIG.optim, fp16=True))
    with pytest.raises(ConfigRefused, match="fp16"):
        run_training(request(tmp_path, config), quiet)


def test_the_grid_shows_augmented_images_with_their_captions(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(TOML)
    arguments = ["--config", str(tmp_path / "c.toml"), "--out", str(tmp_path / "grid.png")]
    assert grid.main([*arguments, "--images", "5", "--columns", "3"]) == 0
    cell = 128 + grid.GAP_PX
    expected = (2 * (cell + grid.CAPTION_PX) + grid.GAP_PX, 3 * cell + grid.GAP_PX)
    assert stored_shape(tmp_path / "grid.png") == expected
    first = (tmp_path / "grid.png").read_bytes()
    assert grid.main([*arguments, "--images", "5", "--columns", "3"]) == 0
    assert (tmp_path / "grid.png").read_bytes() == first
    assert not list(tmp_path.glob("*.part*"))


def test_the_grid_command_refuses_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.toml").write_text("name = 'a'\nversion = '1'\n")
    arguments = ["--config", str(tmp_path / "c.toml"), "--out", str(tmp_path / "grid.png")]
    assert grid.main([*arguments, "--data", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.startswith("training_data_refused: ")
    assert not (tmp_path / "grid.png").exists()


def test_captions_wrap_into_two_lines() -> None:
    assert grid._wrapped("Mass 1.00", 20) == ("Mass 1.00",)
    first, second = grid._wrapped("Mass 1.00, Nodule 1.00, Effusion 1.00, Hernia 1.00", 20)
    assert first == "Mass 1.00, Nodule"
    assert len(second) <= 20
    assert second.endswith("…")


def test_the_commands_device_must_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    (tmp_path / "c.toml").write_text(TOML)
    arguments = ["--config", str(tmp_path / "c.toml"), "--out", str(tmp_path / "out")]
    assert run.main([*arguments, "--device", "cuda"]) == 1
    assert capsys.readouterr().err.startswith("training_config_refused: ")
