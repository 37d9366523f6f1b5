"""The networks: shapes, closed-form Grad-CAM, and what trains what."""

from __future__ import annotations

import pytest
import torch

from inference.networks.backbones import build_backbone
from inference.networks.detector import BoxTarget, Detector, DetectorConfig
from inference.networks.errors import ArchitectureUnknown, OutputNotFinite
from inference.networks.heads import HiddenHead, build_head
from inference.networks.multitask import MultiTaskNetwork, NetworkConfig
from tests.inference.support import LABELS, SIZE_PX, small_network


def target(*boxes: tuple[float, float, float, float], unboxed: bool = False) -> BoxTarget:
    return BoxTarget(
        torch.tensor(boxes).reshape(-1, 4),
        torch.ones(len(boxes), dtype=torch.int64),
        torch.tensor([False, unboxed]),
    )


def test_unknown_parts_are_refused_by_name() -> None:
    with pytest.raises(ArchitectureUnknown, match="resnet1"):
        build_backbone("resnet1")
    with pytest.raises(ArchitectureUnknown, match="cubic"):
        build_head("cubic", channels=4, labels=2, dropout=0.0, hidden=2)
    with pytest.raises(ArchitectureUnknown, match="long"):
        small_network(neck="long")
    few = DetectorConfig(("Mass",), neck="pyramid", anchor_sizes_px=(8.0, 16.0))
    with pytest.raises(ArchitectureUnknown, match="anchor sizes"):
        MultiTaskNetwork(NetworkConfig(LABELS, detector=few))


def test_the_hidden_heads_weights_by_hand() -> None:
    head = HiddenHead(2, 1, 0.0, 2)
    with torch.no_grad():
        head.hidden.weight.copy_(torch.tensor([[1.0, 2.0], [-1.0, 0.0]]))
        head.hidden.bias.zero_()
        head.output.weight.copy_(torch.tensor([[3.0, 5.0]]))
        # Pooled features (1, 1): units (3, -1), so only the first is active: 3 * (1, 2).
        weights = head.channel_weights(torch.ones(1, 2, 2, 2))
    assert weights.tolist() == [[[3.0, 6.0]]]


@pytest.mark.parametrize("neck", ["light", "pyramid"])
def test_one_forward_pass_gives_logits_heat_and_boxes(neck: str) -> None:
    with torch.inference_mode():
        output = small_network(neck=neck).predict(torch.rand(2, 3, SIZE_PX, SIZE_PX))
    assert output.logits.shape == (2, 3)
    assert output.heat.shape == (2, 3, 2, 2)
    assert len(output.detections) == 2
    for found in output.detections:
        assert found.boxes.shape == (len(found.scores), 4)
        assert found.boxes.min() >= 0
        assert found.boxes.max() <= SIZE_PX
        assert set(found.labels.tolist()) <= {1, 2}


def test_images_without_box_truth_train_the_classifier_only() -> None:
    network = small_network().train()
    output = network.losses(torch.rand(2, 3, SIZE_PX, SIZE_PX), [None, None])
    assert output.detector_losses == {}
    output.logits.sum().backward()
    assert network.detector is not None
    assert all(part.grad is None for part in network.detector.parameters())
    assert any(part.grad is not None for part in network.backbone.parameters())


def test_boxed_and_negative_images_train_the_detector() -> None:
    network = small_network().train()
    targets = [target((8.0, 8.0, 40.0, 40.0)), None, target()]
    output = network.losses(torch.rand(3, 3, SIZE_PX, SIZE_PX), targets)
    names = {"rpn_objectness", "rpn_boxes", "roi_classes", "roi_boxes"}
    assert set(output.detector_losses) == names
    torch.stack(list(output.detector_losses.values())).sum().backward()
    assert network.detector is not None
    assert all(part.grad is not None for part in network.detector.parameters())


def test_background_is_not_punished_for_an_unboxed_finding() -> None:
    network = small_network().train()
    assert network.detector is not None
    predictor = network.detector.roi.box_predictor.cls_score
    images = torch.rand(1, 3, SIZE_PX, SIZE_PX)
    for unboxed in (False, True):
        network.zero_grad()
        losses = network.losses(images, [target(unboxed=unboxed)]).detector_losses
        losses["roi_classes"].backward()
        # Rows: background, Cardiomegaly, Mass. Only Mass is said to be there without a box.
        pushed = [bool(row.any()) for row in predictor.weight.grad]
        assert pushed == [True, True, not unboxed]


def test_a_detector_that_puts_out_nan_raises_instead_of_finding_nothing() -> None:
    network = small_network()
    assert network.detector is not None
    with torch.no_grad():
        network.detector.roi.box_predictor.cls_score.weight.fill_(float("nan"))
    with pytest.raises(OutputNotFinite), torch.inference_mode():
        network.predict(torch.rand(1, 3, SIZE_PX, SIZE_PX))


def test_shared_regression_starts_with_one_correction_for_every_label() -> None:
    torch.manual_seed(0)
    config = DetectorConfig(LABELS, neck="light", channels=16, shared_regression=True)
    predictor = Detector(config, (8, 8, 8, 8)).roi.box_predictor
    _, deltas = predictor(torch.rand(3, config.representation_size))
    assert deltas.shape == (3, 4 * (len(LABELS) + 1))
    per_class = deltas.reshape(3, -1, 4)
    torch.testing.assert_close(per_class, per_class[:, :1].expand_as(per_class))
    assert per_class.abs().max() > 0


def test_a_box_of_one_label_moves_the_correction_of_the_others_too() -> None:
    torch.manual_seed(0)
    config = DetectorConfig(LABELS, neck="light", channels=16, shared_regression=True)
    predictor = Detector(config, (8, 8, 8, 8)).roi.box_predictor
    regions = torch.rand(1, config.representation_size)
    before = predictor(regions)[1].detach()
    optimizer = torch.optim.SGD(predictor.parameters(), lr=0.01)
    predictor(regions)[1][:, 4:8].sum().backward()
    optimizer.step()
    moved = (predictor(regions)[1].detach() - before).reshape(-1, 4)
    assert (moved < 0).all()
    assert moved[1].abs().sum() > moved[0].abs().sum()
