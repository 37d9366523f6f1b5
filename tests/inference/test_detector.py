"""The detector alone: torchvision's Faster R-CNN number for number, and the same bits again."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from inference.networks.checkpoint import load_checkpoint, save_checkpoint
from inference.networks.description import BoxRules
from inference.networks.detector import BoxTarget, DetectorConfig
from inference.networks.errors import ArchitectureUnknown
from inference.networks.imported import ForeignWeights, import_detector
from inference.networks.multitask import MultiTaskNetwork, NetworkConfig
from inference.networks.vision import torchvision
from inference.predict.labels import VINDR14
from inference.predict.predictor import Predictor
from tests.inference.support import describe, radiograph

FULL = DetectorConfig(
    VINDR14,
    neck="full_pyramid",
    channels=16,
    representation_size=32,
    anchor_sizes_px=(8.0, 16.0, 32.0, 64.0, 128.0),
    detections_per_image=100,
)
SIDE_PX = 128


def detector_alone() -> MultiTaskNetwork:
    torch.manual_seed(3)
    return MultiTaskNetwork(NetworkConfig((), "mobilenet_v2", detector=FULL))


def test_it_finds_exactly_what_torchvisions_own_finds() -> None:
    torch.manual_seed(4)
    theirs = torchvision.models.detection.fasterrcnn_resnet50_fpn(
        weights=None,
        weights_backbone=None,
        num_classes=3,
        min_size=SIDE_PX,
        max_size=SIDE_PX,
        image_mean=[0.0] * 3,
        image_std=[1.0] * 3,
    )
    images = torch.rand(1, 3, SIDE_PX, SIDE_PX)
    with torch.no_grad():
        theirs.train()
        for _ in range(6):  # the batch norms see some noise: else the features blow up
            theirs.backbone(torch.rand(2, 3, SIDE_PX, SIDE_PX))
        theirs.roi_heads.box_predictor.cls_score.weight.mul_(40.0)  # scores that differ
        expected = theirs.eval()(list(images))[0]
    weights = ForeignWeights(theirs.state_dict(), ("Mass", "Nodule"))
    ours = import_detector(weights, name="x", threshold=0.5, origin="random").network.eval()
    with torch.inference_mode():
        found = ours.predict(images).detections[0]
    assert len(expected["boxes"]) > 10
    assert len(found.boxes) == len(expected["boxes"])
    assert found.labels.equal(expected["labels"])
    torch.testing.assert_close(found.scores, expected["scores"], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(found.boxes, expected["boxes"], atol=1e-3, rtol=1e-4)


def test_without_labels_there_are_no_logits_and_no_heat() -> None:
    network = detector_alone().eval()
    with torch.inference_mode():
        output = network.predict(torch.rand(2, 3, 64, 64))
    assert output.logits.shape == (2, 0)
    assert output.heat.shape == (2, 0, 2, 2)
    assert len(output.detections) == 2
    assert not list(network.head.parameters())


def test_a_network_of_neither_kind_is_refused() -> None:
    with pytest.raises(ArchitectureUnknown):
        MultiTaskNetwork(NetworkConfig(()))


def test_fourteen_findings_train_with_the_loss_falling() -> None:
    network = detector_alone().train()
    images = torch.rand(2, 3, SIDE_PX, SIDE_PX)
    images[0, :, 30:90, 40:100] = 3.0
    absent = torch.zeros(len(VINDR14), dtype=torch.bool)
    targets: list[BoxTarget | None] = [
        BoxTarget(torch.tensor([[40.0, 30.0, 100.0, 90.0]]), torch.tensor([14]), absent),
        BoxTarget(torch.empty(0, 4), torch.empty(0, dtype=torch.int64), absent),
    ]
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
    losses: list[float] = []
    for _ in range(8):
        output = network.losses(images, targets)
        assert output.logits.shape == (2, 0)
        loss = torch.stack(list(output.detector_losses.values())).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert all(math.isfinite(value) for value in losses)
    assert losses[-1] < 0.7 * losses[0]


def test_its_checkpoint_loads_and_predicts_the_same_bits(tmp_path: Path) -> None:
    network = detector_alone().eval()
    no_gate = BoxRules((0.1,) * len(VINDR14), 0.0)
    about = replace(describe(network), label_set="vindr14", boxes=no_gate)
    identity = save_checkpoint(network, about, tmp_path)
    loaded = load_checkpoint(tmp_path, sha256=identity)
    assert loaded.description.labels == ()
    assert loaded.description.box_labels == VINDR14
    first = Predictor.load(tmp_path, sha256=identity, device="cpu")
    second = Predictor.load(tmp_path, sha256=identity, device="cpu")
    image = radiograph(130, 100)
    one, two = first.predict_raw(image), second.predict_raw(image)
    assert one.boxes == two.boxes
    assert one.scores == two.scores == ()
    result = first.predict(image)
    assert result.labels == ()
    assert result.heatmaps.maps.shape[0] == 0
    assert {item.label for item in one.boxes} <= set(VINDR14)


def test_the_same_seed_makes_the_same_network() -> None:
    one, two = detector_alone().state_dict(), detector_alone().state_dict()
    assert all(value.equal(two[name]) for name, value in one.items())
