"""A checkpoint is what it was registered as, or it is refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference.networks.checkpoint import load_checkpoint, save_checkpoint
from inference.networks.description import Calibration, Metric, from_json, to_json
from inference.networks.errors import ModelCorrupt, ModelHashMismatch, ModelMissing
from inference.networks.files import checkpoint_sha256
from tests.inference.support import describe, save_small, small_network


def edit(folder, **changes: object) -> str:
    """Change the description behind the checkpoint's back; returns its new identity."""
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return checkpoint_sha256(folder)


def test_what_is_saved_is_loaded_in_float32(tmp_path) -> None:
    network = small_network()
    identity = save_small(tmp_path, network)
    loaded = load_checkpoint(tmp_path, sha256=identity)
    assert loaded.description == describe(network)
    assert not loaded.network.training
    for name, value in loaded.network.state_dict().items():
        assert value.dtype != torch.float16
        torch.testing.assert_close(value, network.state_dict()[name], atol=1e-3, rtol=1e-3)
    stored = load_file(tmp_path / "model.safetensors")
    assert stored["head.output.weight"].dtype == torch.float16
    assert stored["backbone.features.0.1.running_var"].dtype == torch.float32


def test_the_identity_is_the_hash_of_both_files_weights_first(tmp_path) -> None:
    identity = save_small(tmp_path)
    files = [(tmp_path / name).read_bytes() for name in ("model.safetensors", "model.json")]
    assert identity == hashlib.sha256(b"".join(files)).hexdigest() == checkpoint_sha256(tmp_path)


def test_the_whole_description_survives_json() -> None:
    network = small_network(head="hidden", neck="pyramid")
    about = replace(
        describe(network),
        calibration=Calibration((1.0, 2.0, 3.0), (0.0, -1.0, 0.5), "here, n = 3"),
        metrics=(Metric("macro_auroc", 0.7, 0.6, 0.8, 10),),
    )
    assert from_json(json.loads(json.dumps(to_json(about)))) == about


def test_a_missing_file_is_model_missing(tmp_path) -> None:
    with pytest.raises(ModelMissing) as caught:
        load_checkpoint(tmp_path / "nowhere", sha256="0" * 64)
    assert caught.value.code == "model_missing"
    identity = save_small(tmp_path)
    (tmp_path / "model.json").unlink()
    with pytest.raises(ModelMissing):
        load_checkpoint(tmp_path, sha256=identity)


def test_any_changed_byte_is_a_hash_mismatch(tmp_path) -> None:
    identity = save_small(tmp_path)
    edit(tmp_path, version="9")
    with pytest.raises(ModelHashMismatch) as caught:
        load_checkpoint(tmp_path, sha256=identity)
    assert caught.value.code == "model_hash_mismatch"


def test_no_identity_is_not_any_identity(tmp_path) -> None:
    save_small(tmp_path)
    with pytest.raises(ModelHashMismatch):
        load_checkpoint(tmp_path, sha256="")


def test_weights_of_another_description_are_corrupt(tmp_path) -> None:
    save_small(tmp_path)
    identity = edit(tmp_path, weights_sha256="0" * 64)
    with pytest.raises(ModelCorrupt, match="other weights"):
        load_checkpoint(tmp_path, sha256=identity)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"format": 2}, "format"),
        ({"thresholds": [0.5]}, "one threshold a label"),
        ({"thresholds": [0.5, 0.5, "high"]}, "thresholds"),
        ({"boxes": {"thresholds": [], "gate": 0.5}}, "boxed label"),
        ({"name": None}, "name"),
        ({"calibration": {"slopes": [1.0], "offsets": [0.0], "data": ""}}, "calibration"),
        ({"preprocessing": {"size_px": 65, "mean": [0, 0, 0], "std": [1, 1, 1]}}, "multiple"),
    ],
)
def test_a_description_that_does_not_hold_together_is_corrupt(
    tmp_path, changes: dict[str, object], complaint: str
) -> None:
    save_small(tmp_path)
    identity = edit(tmp_path, **changes)
    with pytest.raises(ModelCorrupt, match=complaint) as caught:
        load_checkpoint(tmp_path, sha256=identity)
    assert caught.value.code == "model_corrupt"


def test_weights_that_are_no_weights_are_corrupt(tmp_path) -> None:
    save_small(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not safetensors")
    digest = hashlib.sha256(b"not safetensors").hexdigest()
    identity = edit(tmp_path, weights_sha256=digest)
    with pytest.raises(ModelCorrupt):
        load_checkpoint(tmp_path, sha256=identity)


def test_weights_with_a_nan_or_of_another_network_are_corrupt(tmp_path) -> None:
    network = small_network()
    with torch.no_grad():
        network.head.get_parameter("output.bias")[0] = float("nan")
    identity = save_small(tmp_path, network)
    with pytest.raises(ModelCorrupt, match="not numbers"):
        load_checkpoint(tmp_path, sha256=identity)
    tensors = load_file(tmp_path / "model.safetensors")
    tensors.pop("head.output.bias")
    save_file(tensors, tmp_path / "model.safetensors")
    digest = hashlib.sha256((tmp_path / "model.safetensors").read_bytes()).hexdigest()
    identity = edit(tmp_path, weights_sha256=digest)
    with pytest.raises(ModelCorrupt, match="do not fit"):
        load_checkpoint(tmp_path, sha256=identity)


def test_full_precision_keeps_every_bit(tmp_path) -> None:
    network = small_network(neck=None)
    identity = save_checkpoint(network, describe(network), tmp_path, half=False)
    loaded = load_checkpoint(tmp_path, sha256=identity).network.state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in network.state_dict().items())
