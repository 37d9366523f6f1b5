from __future__ import annotations

from pathlib import Path

import pytest

import inference.training
from inference.training.config import load_config
from inference.training.errors import ConfigRefused

SHIPPED = sorted((Path(inference.training.__path__[0]) / "configs").glob("cxr-*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_configurations_load_and_name_no_path(path: Path) -> None:
    assert load_config(path).name
    assert "/" not in path.read_text()


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
