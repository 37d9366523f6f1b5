from __future__ import annotations

from pathlib import Path

import pytest

import inference.training
from inference.predict.labels import CHESTXRAY14, CHESTXRAY14_BOXED, VINDR14
from inference.training.config import DataConfig, OptimConfig, load_config
from inference.training.errors import ConfigRefused
from inference.training.preparation import build_network
from inference.training.records import Dataset

CONFIGS = Path(inference.training.__path__[0]) / "configs"
SHIPPED = sorted([*CONFIGS.glob("cxr-*.toml"), *CONFIGS.glob("short/*.toml")])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_configurations_load_and_name_no_path(path: Path) -> None:
    assert load_config(path).name
    assert "/" not in path.read_text()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_configurations_build_their_network(path: Path) -> None:
    config = load_config(path)
    vindr = config.data.kind == "vinbigdata"
    labels, boxed = (VINDR14, VINDR14) if vindr else (CHESTXRAY14, CHESTXRAY14_BOXED)
    dataset = Dataset("none", labels, boxed, (), path.parent, "0" * 64)
    network = build_network(config, dataset)
    assert network.config.labels == (labels if config.model.classifier else ())
    assert (network.detector is not None) == (config.model.box_labels == "label_set")


def test_settings_that_came_later_change_no_signature_at_their_defaults() -> None:
    # States of running trainings hold this text: it must stay as it was.
    assert OptimConfig().signature == (
        "OptimConfig(epochs=16, batch_images=24, backbone_rate=0.0004, head_rate=0.002, "
        "weight_decay=0.02, warm_up_share=0.15, ema_decay=0.995, clip_norm=5.0, "
        "positive_weight_cap=5.0, label_smoothing=0.05, detection_weight=1.0, "
        "freeze_batch_norm=False, bf16='auto')"
    )
    assert "optimizer='sgd'" in OptimConfig(optimizer="sgd").signature


def test_the_default_split_is_70_15_15() -> None:
    data = DataConfig()
    assert (data.validation_share, data.test_share) == (0.15, 0.15)


BASE = "name = 'a'\nversion = '1'\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (BASE + "[data]\nkind = 'lungs'", "data.kind must be one of chestxray14, vinbigdata"),
        (BASE + "[data]\nreader_fusion = 'vote'", "reader_fusion"),
        (BASE + "[data]\nfusion_iou = 0.0", "fusion_iou"),
        (BASE + "[data]\nmin_readers = 0", "min_readers"),
        (BASE + "[data]\nuncertain = 'maybe'", "data.uncertain"),
        (BASE + "[data]\nuncertain_target = 1.5", "uncertain_target"),
        (BASE + "[data]\nblank = 'zero'", "data.blank"),
        (BASE + "[data]\nlabel_set = 'own'", "label_set"),
        (BASE + "[model]\nclassifier = false", "without a classifier"),
        (BASE + "[model]\nbox_labels = 'label_set'\n[augment]\nmixup = 0.2", "mixup"),
        (BASE + "[augment]\ncopy_paste = 0.5", "copy_paste needs a detector"),
        (BASE + "[optim]\noptimizer = 'adam'", "optim.optimizer"),
        (BASE + "[optim]\nschedule = 'step'", "optim.schedule"),
        (BASE + "[optim]\nloss = 'dice'", "optim.loss"),
        (BASE + "[optim]\npositive_weight = 'big'", "positive_weight"),
        (BASE + "[optim]\nfreeze_epochs = 17", "freeze_epochs"),
        (BASE + "[optim]\npatience = -1", "patience"),
        (BASE + "[optim]\nfp16 = true\nbf16 = 'on'", "exclude each other"),
        (BASE + "[optim]\nmomentum = 1.0", "momentum"),
    ],
)
def test_an_option_out_of_range_is_refused(tmp_path, text: str, complaint: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(ConfigRefused, match=complaint):
        load_config(tmp_path / "c.toml")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("version = '1'", "name"),
        ("name = 'a'\nversion = 1", "version"),
        ("name = 'a'\nversion = '1'\nsise_px = 64", "sise_px"),
        ("name = 'a'\nversion = '1'\nsize_px = 100", "multiple of 32"),
        ("name = 'a'\nversion = '1'\n[optim]\nepochs = 0", "positive"),
        ("name = 'a'\nversion = '1'\n[optim]\nepochs = true", "wrong type"),
        ("name = 'a'\nversion = '1'\n[data]\ntest_share = 0.9\nvalidation_share = 0.1", "left"),
        ("name = 'a", "TOML"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(
    tmp_path, text: str, complaint: str
) -> None:
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(ConfigRefused, match=complaint):
        load_config(tmp_path / "c.toml")


def test_a_missing_file_is_refused(tmp_path) -> None:
    with pytest.raises(ConfigRefused):
        load_config(tmp_path / "none.toml")
