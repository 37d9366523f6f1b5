"""The lung U-Net: shapes, its files, and a training that falls, resumes and repeats itself."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from inference.networks.errors import ModelCorrupt, ModelHashMismatch, ModelMissing
from inference.networks.unet import UNet, UNetConfig
from inference.networks.unet_checkpoint import load_unet
from inference.phantoms.generator import make_phantom
from inference.predict.lungs import LungSegmenter
from inference.training import lungs, lungs_ship
from inference.training.config import AugmentConfig
from inference.training.errors import ConfigRefused, DataRefused, LossNotFinite, ResumeRefused
from inference.training.lungs_config import load_lungs_config
from inference.training.lungs_data import augmented, load_lungs
from inference.training.lungs_engine import LungTrainer, segmentation_loss

CONFIG = """
name = "tiny"
version = "0.1"
size_px = 32
channels = [4, 8]
epochs = 3
batch_images = 4
rate = 1e-2
warm_up_share = 0.3
bf16 = "off"
validation_share = 0.2
test_share = 0.2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Noise of ten people with two dark ellipses as lungs."""
    data = tmp_path / "data"
    (data / "images").mkdir(parents=True)
    (data / "masks").mkdir()
    with (data / "lungs.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("image", "mask", "patient_id", "view_position"))
        for seed in range(10):
            image = np.random.default_rng(seed).integers(120, 250, (160, 140), np.uint8)
            mask = np.zeros((160, 140), np.uint8)
            cv2.ellipse(mask, (40, 80), (22, 50), 0, 0, 360, 255, -1)
            cv2.ellipse(mask, (100, 80), (22, 50), 0, 0, 360, 255, -1)
            image[mask > 0] //= 3
            cv2.imwrite(str(data / "images" / f"{seed}.png"), image)
            cv2.imwrite(str(data / "masks" / f"{seed}.png"), mask)
            table.writerow((f"{seed}.png", f"{seed}.png", seed, "PA"))
    (tmp_path / "lungs.toml").write_text(CONFIG)
    return tmp_path


def arguments(folder: Path, out: str, *extra: str) -> list[str]:
    paths = ["--config", folder / "lungs.toml", "--data", folder / "data", "--out", folder / out]
    return [*map(str, paths), "--threads", "1", *extra]


def test_the_network_gives_a_map_a_lung_in_the_size_of_its_input() -> None:
    network = UNet(UNetConfig(channels=(4, 8, 12))).eval()
    images = torch.rand(2, 1, 32, 48)
    assert network(images).shape == (2, 2, 32, 48)
    assert [tuple(x.shape[1:]) for x in network.encode(images)] == [
        (4, 32, 48),
        (8, 16, 24),
        (12, 8, 12),
    ]


def test_the_loss_is_nought_for_a_certain_right_answer_and_more_for_a_wrong_one() -> None:
    masks = torch.zeros(1, 2, 8, 8)
    masks[:, 0, 2:6, 2:6] = 1.0
    right = (masks * 2 - 1) * 50.0
    assert segmentation_loss(right, masks).item() == pytest.approx(0.0, abs=1e-6)
    # wrong everywhere: cross entropy 50; soft Dice 1/(48+16+1) and 1/(64+0+1)
    assert segmentation_loss(-right, masks).item() == pytest.approx(51.0 - 1 / 65, abs=1e-4)


def test_a_mirrored_image_has_its_lungs_exchanged() -> None:
    grey = torch.rand(8, 1, 16, 16)
    masks = torch.zeros(8, 2, 16, 16)
    masks[:, 0, 4:12, 9:14] = 1.0  # left lung at the image's right
    masks[:, 1, 4:12, 2:7] = 1.0
    still = AugmentConfig(degrees=0, translate=0, scale=0, gamma=0, brightness=0, contrast=0)
    torch.manual_seed(0)
    moved, exchanged = augmented(grey, masks, still)
    mirrored = [not torch.allclose(moved[i], grey[i], atol=0.1) for i in range(8)]
    assert 0 < sum(mirrored) < 8
    assert torch.equal(exchanged, masks)  # symmetric masks: only the names could have changed


def test_masks_are_split_packed_and_named_by_a_hash(folder) -> None:
    data = load_lungs(folder / "data", 32)
    assert data.masks.shape == (10, 2, 32, 32)
    left, right = (np.nonzero(data.masks[0, i])[1].mean() for i in (0, 1))
    assert left > right
    assert load_lungs(folder / "data", 32).sha256 == data.sha256


def test_a_mask_of_another_size_is_refused(folder) -> None:
    cv2.imwrite(str(folder / "data" / "masks" / "3.png"), np.zeros((9, 9), np.uint8))
    with pytest.raises(DataRefused, match=r"3\.png"):
        load_lungs(folder / "data", 32)


def test_training_falls_resumes_exactly_and_ships(folder, monkeypatch) -> None:
    assert lungs.main(arguments(folder, "whole")) == 0
    with (folder / "whole" / "log.csv").open() as stream:
        losses = [float(row["loss"]) for row in csv.DictReader(stream)]
    assert losses[-1] < losses[0]

    limited = load_lungs_config(folder / "lungs.toml")
    fit = LungTrainer.fit

    def stop_after_one(trainer, validate, out, say) -> None:
        def stop(network):
            if trainer.epoch == 2:
                raise LossNotFinite("stopped here")
            return validate(network)

        fit(trainer, stop, out, say)

    with monkeypatch.context() as patched:
        patched.setattr(LungTrainer, "fit", stop_after_one)
        assert lungs.main(arguments(folder, "parts")) == 1
    assert lungs.main(arguments(folder, "parts", "--resume")) == 0
    whole = torch.load(folder / "whole" / "state.pt", weights_only=True)
    parts = torch.load(folder / "parts" / "state.pt", weights_only=True)
    assert parts["epoch"] == whole["epoch"] == limited.epochs
    assert all(torch.equal(v, parts["network"][k]) for k, v in whole["network"].items())

    shipped = arguments(folder, "model", "--run", str(folder / "whole"))
    assert lungs_ship.main(shipped) == 0
    model = folder / "model"
    assert {p.name for p in model.iterdir()} == {
        *("model.safetensors", "model.json", "CARD.md", "split.csv", "log.csv", "curves.png")
    }
    about = load_unet(model).description
    assert [m.name for m in about.metrics][:2] == ["Dice lungs", "IoU lungs"]
    assert f"{about.metrics[0].value:.3f}" in (model / "CARD.md").read_text()


def test_another_split_than_the_trainings_is_refused(folder, capsys) -> None:
    assert lungs.main(arguments(folder, "run")) == 0
    (folder / "run" / "split.csv").write_text("patient_id,part\n0,train\n")
    assert lungs_ship.main(arguments(folder, "model", "--run", str(folder / "run"))) == 1
    assert "training_data_refused" in capsys.readouterr().err


def test_a_state_of_another_configuration_is_not_resumed(folder) -> None:
    config = load_lungs_config(folder / "lungs.toml")
    data = load_lungs(folder / "data", 32)
    trainer = LungTrainer(lungs.build_unet(config), data, (0, 1, 2), config)
    trainer.save(folder / "state.pt")
    (folder / "lungs.toml").write_text(CONFIG + "seed = 9\n")
    other = load_lungs_config(folder / "lungs.toml")
    with pytest.raises(ResumeRefused):
        LungTrainer(lungs.build_unet(other), data, (0, 1, 2), other).resume(folder / "state.pt")
    with pytest.raises(ResumeRefused):
        trainer.resume(folder / "nothing.pt")


@pytest.mark.parametrize(
    "line",
    ["size_px = 33", "strange = 1", 'epochs = "many"', "channels = [4]", "test_share = 0.9", "= 1"],
)
def test_a_wrong_configuration_is_refused(tmp_path, line) -> None:
    (tmp_path / "lungs.toml").write_text('name = "a"\nversion = "1"\n' + line)
    with pytest.raises(ConfigRefused):
        load_lungs_config(tmp_path / "lungs.toml")


@pytest.fixture
def shipped() -> Path:
    return Path(lungs.__file__).parents[1] / "weights" / "lungs-unet"


def test_the_shipped_lungs_load_and_find_two_lungs_in_a_phantom(shipped) -> None:
    phantom = make_phantom(3, size_px=(512, 440), findings=())
    grey = (phantom.image / 4095.0).astype(np.float32)
    found = LungSegmenter.load(shipped).segment(grey)
    left, right = found.masks
    assert left.any()
    assert right.any()
    assert np.nonzero(left)[1].mean() > np.nonzero(right)[1].mean()
    assert not (left & right).any()
    labels = found.label_map()
    assert labels.shape == (256, 220)
    assert set(np.unique(labels)) == {0, 1, 2}
    full = found.full_size()
    assert full.shape == (2, 512, 440)
    small = cv2.resize(labels, (440, 512), interpolation=cv2.INTER_NEAREST)
    assert ((small > 0) == full.any(axis=0)).mean() > 0.98


def test_the_shipped_lungs_reach_their_target_on_held_out_patients(shipped) -> None:
    metrics = {m.name: m for m in load_unet(shipped).description.metrics}
    assert metrics["Dice lungs"].value >= 0.95
    assert sum(p.stat().st_size for p in shipped.iterdir()) < 5_000_000


def test_changed_or_missing_files_are_not_loaded(shipped, tmp_path) -> None:
    with pytest.raises(ModelMissing):
        load_unet(tmp_path)
    with pytest.raises(ModelHashMismatch):
        load_unet(shipped, sha256="0" * 64)
    for name in ("model.safetensors", "model.json"):
        (tmp_path / name).write_bytes((shipped / name).read_bytes())
    with (tmp_path / "model.safetensors").open("r+b") as stream:
        stream.seek(-2, 2)
        stream.write(b"\x01\x01")
    with pytest.raises(ModelCorrupt):
        load_unet(tmp_path)
    (tmp_path / "model.json").write_text(json.dumps({"format": 1, "kind": "something else"}))
    with pytest.raises(ModelCorrupt):
        load_unet(tmp_path)
