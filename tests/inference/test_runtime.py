"""OpenVINO puts out what torch puts out, and what it cannot vouch for is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from inference.networks.checkpoint import save_checkpoint
from inference.networks.description import BoxRules
from inference.networks.detector import DetectorConfig
from inference.networks.errors import OutputNotFinite
from inference.networks.export import OnePass, export_openvino, output_names
from inference.networks.multitask import MultiTaskNetwork, NetworkConfig
from inference.predict.predictor import Predictor
from inference.predict.runtime import OpenVinoRuntime, TorchRuntime
from inference.predict.runtime_parity import Tolerance, compare
from tests.inference.support import BOXED, SIZE_PX, describe, radiograph, small_network


def inputs(count: int = 3) -> torch.Tensor:
    return torch.randn(count, 3, SIZE_PX, SIZE_PX, generator=torch.Generator().manual_seed(3))


def exported(network: MultiTaskNetwork, folder: Path) -> OpenVinoRuntime:
    export_openvino(network, SIZE_PX, folder)
    return OpenVinoRuntime(folder, threads=1)


@pytest.mark.parametrize(
    ("head", "neck"), [("linear", "light"), ("hidden", "pyramid"), ("hidden", None)]
)
def test_the_exported_graph_gives_logits_heat_and_boxes_in_one_pass(
    tmp_path, head: str, neck: str | None
) -> None:
    network = small_network(head=head, neck=neck)
    expected = TorchRuntime(network).run(inputs())
    found = exported(network, tmp_path).run(inputs())
    assert len(found) == len(expected) == 3
    for one, two in zip(expected, found, strict=True):
        torch.testing.assert_close(two.logits, one.logits, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(two.heat, one.heat, atol=1e-4, rtol=1e-3)
        assert (one.detections is None) == (two.detections is None) == (neck is None)
        assert one.detections is None or len(one.detections.scores) > 20
    # Random weights score boxes alike, so that the last bit may decide which of two is kept.
    assert compare(expected, found, Tolerance(iou=0.999, score=1e-4)).unmatched <= 2


def test_a_detector_alone_runs_in_both_and_gives_boxes_without_scores_of_the_image(
    tmp_path,
) -> None:
    torch.manual_seed(7)
    detector = DetectorConfig(
        BOXED, neck="pyramid", channels=16, representation_size=16, anchor_sizes_px=(8, 16, 32)
    )
    network = MultiTaskNetwork(NetworkConfig((), detector=detector)).eval()
    expected = TorchRuntime(network).run(inputs(1))
    found = exported(network, tmp_path).run(inputs(1))
    assert found[0].logits.shape == (0,)
    assert found[0].heat.shape[0] == 0
    difference = compare(expected, found, Tolerance(iou=0.99))
    assert (difference.logit, difference.heat) == (0.0, 0.0)
    about = replace(describe(network), boxes=BoxRules((0.1, 0.1), 0.5), thresholds=())
    identity = save_checkpoint(network, about, tmp_path / "alone")
    result = Predictor.load(tmp_path / "alone", sha256=identity, device="cpu").predict(radiograph())
    assert (result.labels, result.scores) == ((), ())
    assert result.heatmaps.maps.shape == (0, 72, 96)


def test_an_output_stays_when_the_next_image_is_computed(tmp_path) -> None:
    runtime = exported(small_network(neck=None), tmp_path)
    first = runtime.run(inputs()[:1])[0]
    kept = first.logits.clone(), first.heat.clone()
    runtime.run(inputs()[1:])
    assert torch.equal(first.logits, kept[0])
    assert torch.equal(first.heat, kept[1])


def test_torch_gives_an_image_the_same_bits_in_any_company() -> None:
    runtime = TorchRuntime(small_network())
    together = runtime.run(inputs())
    for index, output in enumerate(together):
        alone = runtime.run(inputs()[index : index + 1])[0]
        assert torch.equal(alone.logits, output.logits)
        assert torch.equal(alone.heat, output.heat)
        assert alone.detections is not None
        assert output.detections is not None
        assert torch.equal(alone.detections.boxes, output.detections.boxes)


def test_an_exported_graph_whose_boxes_are_no_numbers_is_refused(tmp_path) -> None:
    network = small_network()
    with torch.no_grad():
        network.detector.roi.box_predictor.cls_score.bias.fill_(float("inf"))
    with pytest.raises(OutputNotFinite):
        exported(network, tmp_path).run(inputs(1))


def test_an_exported_graph_whose_logits_overflow_is_refused(tmp_path) -> None:
    network = small_network(neck=None)
    with torch.no_grad():
        network.head.get_parameter("output.weight").fill_(3e38)
    with pytest.raises(OutputNotFinite):
        exported(network, tmp_path).run(inputs(1))


def test_the_graph_has_one_tensor_a_name() -> None:
    network = small_network()
    with torch.inference_mode():
        assert len(OnePass(network)(inputs(1))) == len(output_names(network)) == 6
