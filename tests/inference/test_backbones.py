"""The backbones: levels, torchvision's values, published weights, and what fine-tuning freezes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from inference.networks.backbones import BACKBONES, Backbone, build_backbone, load_backbone
from inference.networks.errors import ArchitectureUnknown, ModelCorrupt, ModelMissing
from inference.networks.freezing import freeze_backbone
from inference.networks.vision import torchvision

NAMES = sorted(BACKBONES)
LOWEST = {"efficientnet_b0": -0.2785}  # the minimum of SiLU; the others end in a ReLU


def pooled_by_torchvision(name: str, model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """What reaches the global average pooling of the published classifier."""
    if not hasattr(model, "avgpool"):  # DenseNet and MobileNetV2 pool by a function
        features: torch.Tensor = model.get_submodule("features")(images)
        return features.relu()
    seen: list[torch.Tensor] = []
    pooling = model.get_submodule("avgpool")
    pooling.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(images)
    return seen[0]


def test_there_are_four() -> None:
    assert NAMES == ["densenet121", "efficientnet_b0", "mobilenet_v2", "resnet50"]


@pytest.mark.parametrize("name", NAMES)
def test_a_backbone_gives_four_activated_levels(name: str) -> None:
    torch.manual_seed(0)
    backbone = build_backbone(name).eval()
    with torch.inference_mode():
        levels = backbone(torch.rand(1, 3, 64, 96))
    for level, stride, channels in zip(levels, backbone.strides, backbone.channels, strict=True):
        assert level.shape == (1, channels, 64 // stride, 96 // stride)
        assert level.min() >= LOWEST.get(name, 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_published_weights_give_what_torchvision_pools(name: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = getattr(torchvision.models, name)(weights=None).eval()
    save_file(model.state_dict(), tmp_path / "start.safetensors")
    backbone = build_backbone(name).eval()
    load_backbone(backbone, tmp_path / "start.safetensors")
    images = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        expected = pooled_by_torchvision(name, model, images)
        torch.testing.assert_close(backbone(images)[-1], expected)


def test_start_weights_in_half_precision_load_as_float32(tmp_path: Path) -> None:
    model = torchvision.models.mobilenet_v2(weights=None)
    tensors = {
        name: value.half() if value.ndim == 4 else value
        for name, value in model.state_dict().items()
    }
    save_file(tensors, tmp_path / "start.safetensors")
    backbone = build_backbone("mobilenet_v2")
    load_backbone(backbone, tmp_path / "start.safetensors")
    loaded = backbone.get_parameter("features.0.0.weight")
    assert loaded.dtype == torch.float32
    torch.testing.assert_close(loaded, model.features[0][0].weight, atol=1e-3, rtol=0)


def test_weights_of_another_backbone_or_none_are_refused(tmp_path: Path) -> None:
    save_file(build_backbone("mobilenet_v2").state_dict(), tmp_path / "other.safetensors")
    with pytest.raises(ModelCorrupt):
        load_backbone(build_backbone("densenet121"), tmp_path / "other.safetensors")
    with pytest.raises(ModelMissing):
        load_backbone(build_backbone("densenet121"), tmp_path / "absent.safetensors")
    with pytest.raises(ArchitectureUnknown, match="resnet1"):
        build_backbone("resnet1")


def learning(backbone: Backbone) -> set[str]:
    return {name for name, part in backbone.named_parameters() if part.requires_grad}


@pytest.mark.parametrize("name", NAMES)
def test_the_stages_hold_every_weight_once(name: str) -> None:
    backbone = build_backbone(name)
    inside = [
        id(weight) for parts in backbone.stages() for part in parts for weight in part.parameters()
    ]
    assert sorted(inside) == sorted(id(weight) for weight in backbone.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_freezing_keeps_the_lower_stages_as_they_are(name: str) -> None:
    torch.manual_seed(2)
    backbone = build_backbone(name).train()
    freeze_backbone(backbone, keep_top=1)
    top = {id(weight) for part in backbone.stages()[-1] for weight in part.parameters()}
    assert learning(backbone) == {
        key for key, weight in backbone.named_parameters() if id(weight) in top
    }
    before = {key: value.clone() for key, value in backbone.state_dict().items()}
    optimizer = torch.optim.SGD(backbone.parameters(), lr=0.1)
    backbone(torch.rand(2, 3, 64, 64))[-1].square().mean().backward()
    optimizer.step()
    changed = {key for key, value in backbone.state_dict().items() if not value.equal(before[key])}
    lowest = {
        id(value)
        for parts in backbone.stages()[:-1]
        for part in parts
        for value in part.state_dict(keep_vars=True).values()
    }
    assert changed
    assert (
        not {
            key for key, value in backbone.state_dict(keep_vars=True).items() if id(value) in lowest
        }
        & changed
    )


def test_no_stage_or_all_of_them_can_be_left_to_learn() -> None:
    backbone = build_backbone("resnet50").train()
    freeze_backbone(backbone)
    assert learning(backbone) == set()
    assert not backbone.get_submodule("layer4.0.bn1").training
    backbone.train()
    freeze_backbone(backbone, keep_top=9)
    assert len(learning(backbone)) == len(list(backbone.parameters()))
    assert backbone.get_submodule("bn1").training
