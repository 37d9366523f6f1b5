"""The GAN: shapes, learning, exact resume, honest samples, and how realism is measured."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from inference.networks.checkpoint import Checkpoint, load_checkpoint
from inference.networks.description import Preprocessing, Provenance
from inference.networks.errors import (
    ArchitectureUnknown,
    ModelCorrupt,
    ModelHashMismatch,
    ModelMissing,
)
from inference.networks.files import DESCRIPTION, WEIGHTS
from inference.networks.gan import (
    Discriminator,
    GanCheckpoint,
    GanConfig,
    GanDescription,
    Generator,
    load_gan,
    save_gan,
)
from inference.phantoms.generator import make_phantom
from inference.predict.preprocess import normalised
from inference.training import gan, gan_realism, gan_sample
from inference.training.errors import ConfigRefused, DataRefused, LossNotFinite, ResumeRefused
from inference.training.gan_config import GanTrainingConfig, load_gan_config
from inference.training.gan_engine import GanTrainer
from inference.training.gan_realism import frechet_distance, measure
from tests.inference.support import save_small, small_network, write_folder

CPU = torch.device("cpu")
CONFIG = GanTrainingConfig(
    size_px=16, latent=8, width=8, widest=32, steps=6, batch_images=8, save_every=3
)


def phantoms(count: int, size_px: int = 16) -> np.ndarray:
    """(N, S, S) uint8."""
    pictures = []
    for seed in range(count):
        grey = (make_phantom(seed, size_px=(128, 128)).image / 16.0).clip(0, 255)
        picture = Image.fromarray(grey.astype(np.uint8)).resize((size_px, size_px))
        pictures.append(np.asarray(picture))
    return np.stack(pictures)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return phantoms(24)


def describe(network: GanConfig, split_sha256: str = "0" * 64) -> GanDescription:
    where = Provenance("phantoms", "0" * 64, split_sha256, "random weights", "Apache-2.0")
    return GanDescription("small-gan", "0.0.1", network, 6, where)


def small_gan(folder: Path) -> GanCheckpoint:
    torch.manual_seed(0)
    identity = save_gan(Generator(CONFIG.network), describe(CONFIG.network), folder)
    return load_gan(folder, sha256=identity)


@pytest.mark.parametrize("size_px", [16, 64, 128])
def test_images_have_the_configured_size_and_range(size_px: int) -> None:
    config = GanConfig(size_px, latent=4, width=2, widest=8)
    images = Generator(config)(torch.randn(2, 4))
    assert images.shape == (2, 1, size_px, size_px)
    assert images.abs().max() <= 1
    assert Discriminator(config)(images).shape == (2,)


@pytest.mark.parametrize("size_px", [8, 48, 2048])
def test_a_size_that_is_no_power_of_two_or_out_of_range_is_refused(size_px: int) -> None:
    with pytest.raises(ArchitectureUnknown, match="power of two"):
        Generator(GanConfig(size_px))


def test_the_players_learn_from_phantoms(pixels: np.ndarray) -> None:
    trainer = GanTrainer(pixels, replace(CONFIG, steps=60, discriminator_rate=2e-3), CPU)
    losses = [trainer.train_step() for _ in range(60)]
    # Hinge: 2 where the discriminator knows nothing.
    assert np.mean([item.discriminator for item in losses[-10:]]) < 0.9 * losses[0].discriminator
    with torch.no_grad():
        made = trainer.average.network(torch.randn(32, CONFIG.latent))
        first = GanTrainer(pixels, CONFIG, CPU).average.network(torch.randn(32, CONFIG.latent))
    truth = torch.from_numpy(pixels).float() / 127.5 - 1.0
    apart = (made.mean(dim=0)[0] - truth.mean(dim=0)).abs().mean()
    assert apart < (first.mean(dim=0)[0] - truth.mean(dim=0)).abs().mean()


def test_a_resumed_training_ends_in_the_same_bits(pixels: np.ndarray, tmp_path: Path) -> None:
    whole = GanTrainer(pixels, CONFIG, CPU)
    whole.fit(tmp_path / "whole.pt", lambda line: None)
    half = GanTrainer(pixels, CONFIG, CPU)
    for _ in range(3):
        half.train_step()
    half.save(tmp_path / "half.pt")
    resumed = GanTrainer(pixels, CONFIG, CPU)
    resumed.resume(tmp_path / "half.pt")
    resumed.fit(tmp_path / "resumed.pt", lambda line: None)
    assert resumed.step == whole.step == 6
    expected = whole.average.network.state_dict()
    for name, value in resumed.average.network.state_dict().items():
        assert torch.equal(value, expected[name]), name


def test_what_cannot_be_trained_or_resumed_is_refused(pixels: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="8 images"):
        GanTrainer(pixels[:7], CONFIG, CPU)
    trainer = GanTrainer(pixels, CONFIG, CPU)
    with pytest.raises(ResumeRefused, match="no state"):
        trainer.resume(tmp_path / "absent.pt")
    trainer.save(tmp_path / "state.pt")
    with pytest.raises(ResumeRefused, match="another configuration"):
        GanTrainer(pixels, replace(CONFIG, seed=8), CPU).resume(tmp_path / "state.pt")
    with torch.no_grad():
        trainer.discriminator.score.bias.fill_(float("nan"))  # type: ignore[operator]
    with pytest.raises(LossNotFinite, match="step 1"):
        trainer.train_step()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("widht = 3", "widht"),
        ("steps = 'many'", "steps"),
        ("steps = 0", "positive"),
        ("ema_decay = 1.0", "ema_decay"),
        ("kind = 'photos'", "kind"),
        ("steps =", "TOML"),
    ],
)
def test_a_wrong_configuration_is_refused_by_name(
    text: str, complaint: str, tmp_path: Path
) -> None:
    (tmp_path / "gan.toml").write_text(text)
    with pytest.raises(ConfigRefused, match=complaint):
        load_gan_config(tmp_path / "gan.toml")


def test_a_checkpoint_is_known_by_its_bytes(tmp_path: Path) -> None:
    checkpoint = small_gan(tmp_path / "gan")
    assert load_gan(tmp_path / "gan").draw(2, 3).equal(checkpoint.draw(2, 3))
    with pytest.raises(ModelHashMismatch):
        load_gan(tmp_path / "gan", sha256="0" * 64)
    with pytest.raises(ModelMissing):
        load_gan(tmp_path / "absent")
    table = tmp_path / "gan" / DESCRIPTION
    table.write_text(table.read_text().replace('"latent": 8', '"latent": 9'))
    with pytest.raises(ModelCorrupt, match="do not fit"):
        load_gan(tmp_path / "gan")
    weights = tmp_path / "gan" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-4])
    with pytest.raises(ModelCorrupt, match="other weights"):
        load_gan(tmp_path / "gan")


def test_an_image_is_the_same_however_many_are_drawn(tmp_path: Path) -> None:
    checkpoint = small_gan(tmp_path)
    many = checkpoint.draw(5, 1)
    assert checkpoint.draw(1, 1, first=3)[0].equal(many[3])
    assert not many[3].equal(many[4])
    assert not checkpoint.draw(1, 2)[0].equal(many[0])


def test_every_sample_says_that_it_is_synthetic(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = small_gan(tmp_path / "gan")
    arguments = ["--checkpoint", str(tmp_path / "gan"), "--count", "3", "--seed", "4"]
    assert gan_sample.main([*arguments, "--out", str(tmp_path / "one")]) == 0
    assert "3 synthetic images" in capsys.readouterr().out
    files = sorted((tmp_path / "one").glob("*.png"))
    assert [file.name for file in files] == [f"synthetic_4_0000{n}.png" for n in range(3)]
    drawn = checkpoint.draw(3, 4).numpy()
    for file, expected in zip(files, drawn, strict=True):
        with Image.open(file) as picture:
            assert picture.info["Synthetic"] == "yes"
            assert checkpoint.sha256 in picture.info["Software"]
            pixels = np.asarray(picture)
        assert np.array_equal(pixels[:16], expected)  # the band is below, not over the image
        band = pixels[16:]
        assert len(band) >= 12
        assert band.max() == 255
        assert band.min() < 128  # there is writing on it
    with (tmp_path / "one" / gan_sample.TABLE).open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["image"] for row in rows] == [file.name for file in files]
    assert {row["synthetic"] for row in rows} == {"yes"}
    assert {row["sha256"] for row in rows} == {checkpoint.sha256}
    gan_sample.main([*arguments, "--out", str(tmp_path / "two")])
    for file in files:
        assert (tmp_path / "two" / file.name).read_bytes() == file.read_bytes()


def test_the_band_can_be_left_away_but_not_the_metadata(tmp_path: Path) -> None:
    small_gan(tmp_path / "gan")
    arguments = ["--checkpoint", str(tmp_path / "gan"), "--count", "1", "--no-band"]
    assert gan_sample.main([*arguments, "--out", str(tmp_path / "out")]) == 0
    with Image.open(tmp_path / "out" / "synthetic_0_00000.png") as picture:
        assert picture.size == (16, 16)
        assert picture.info["Synthetic"] == "yes"


def test_sampling_from_nothing_is_an_error_with_a_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--checkpoint", str(tmp_path / "absent"), "--out", str(tmp_path / "out")]
    assert gan_sample.main(arguments) == 1
    assert capsys.readouterr().err.startswith("model_missing:")
    assert not (tmp_path / "out").exists()


def test_the_frechet_distance_by_hand() -> None:
    # Means 0 and 3; sample variances 2 and 8 (standard deviations 2^0.5 and 8^0.5):
    # 9 + 2 + 8 - 2 * (2 * 8)^0.5 = 11.
    first = np.array([[-1.0], [1.0]])
    second = np.array([[1.0], [5.0]])
    assert frechet_distance(first, second) == pytest.approx(11.0)
    assert frechet_distance(first, first) == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(DataRefused):
        frechet_distance(first[:1], second)


def test_the_frechet_distance_equals_the_one_with_a_matrix_root() -> None:
    random = np.random.default_rng(0)
    first = random.normal(size=(60, 4)) @ random.normal(size=(4, 4))
    second = random.normal(size=(50, 4)) + 0.5
    one, two = np.cov(first.T), np.cov(second.T)
    values, vectors = np.linalg.eigh(one)
    root = vectors @ np.diag(np.sqrt(values)) @ vectors.T
    mixed = np.sqrt(np.linalg.eigvalsh(root @ two @ root)).sum()
    means = first.mean(axis=0) - second.mean(axis=0)
    expected = means @ means + np.trace(one) + np.trace(two) - 2 * mixed
    assert frechet_distance(first, second) == pytest.approx(expected)


def encoder_that_saw(pixels: np.ndarray, folder: Path) -> Checkpoint:
    """Its batch norms know such images: with other statistics the features die out."""
    network = small_network(neck=None).train()
    grey = torch.from_numpy(pixels)[:, None].float() / 255.0
    inputs = normalised(functional.interpolate(grey, size=(128, 128)), Preprocessing(128))
    with torch.no_grad():
        for _ in range(12):
            network.backbone(inputs)
    return load_checkpoint(folder, sha256=save_small(folder, network.eval()))


def test_untrained_images_are_told_from_phantoms(pixels: np.ndarray, tmp_path: Path) -> None:
    encoder = encoder_that_saw(pixels, tmp_path / "encoder")
    gan_checkpoint = small_gan(tmp_path / "gan")
    result = measure(gan_checkpoint, encoder, pixels[:12], pixels[12:], seed=0)
    assert result.accuracy > 0.9
    assert result.low < result.accuracy
    assert result.high <= 1
    assert (result.tested, result.compared) == (24, 12)
    assert result.distance > 2 * result.distance_real > 0
    assert measure(gan_checkpoint, encoder, pixels[:12], pixels[12:], seed=0) == result
    with pytest.raises(DataRefused, match="not 3"):
        measure(gan_checkpoint, encoder, pixels[:3], pixels[12:], seed=0)


def test_the_commands_train_and_judge_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    write_folder(data, [(f"{n}.png", f"p{n}", "No Finding") for n in range(64)], [])
    (tmp_path / "gan.toml").write_text("latent = 8\nwidth = 4\nwidest = 16\nbatch_images = 8\n")
    save_small(tmp_path / "encoder")
    common = ["--data", str(data), "--out", str(tmp_path / "gan")]
    options = ["--config", str(tmp_path / "gan.toml"), "--size-px", "16", "--steps", "4"]
    assert gan.main([*common, *options]) == 0
    assert "after 4 steps" in capsys.readouterr().out
    assert load_gan(tmp_path / "gan").description.steps == 4
    assert gan.main([*common, *options, "--resume"]) == 0
    judged = ["--gan", str(tmp_path / "gan"), "--encoder", str(tmp_path / "encoder")]
    judged += ["--data", str(data), "--out", str(tmp_path / "realism")]
    assert gan_realism.main(judged) == 0
    assert "told apart" in capsys.readouterr().out
    assert (tmp_path / "realism" / gan_realism.REPORT).is_file()
    assert gan.main([*common, *options, "--size-px", "20"]) == 1
    assert capsys.readouterr().err.startswith("architecture_unknown:")
