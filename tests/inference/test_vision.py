"""The pure-torch operators are torchvision's, by name and by value."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import Tensor

from inference.networks import operators
from inference.networks.vision import REGISTERED_HERE, torchvision

SQUARE = torch.arange(16, dtype=torch.float64).view(1, 1, 4, 4)


def align(
    features: Tensor,
    rois: Tensor,
    size: tuple[int, int],
    *,
    scale: float = 1.0,
    ratio: int = 1,
    aligned: bool = False,
) -> Tensor:
    return operators.roi_align(features, rois, scale, size[0], size[1], ratio, aligned)


def test_torchvision_calls_the_operators_by_name() -> None:
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 9.0], [20.0, 0.0, 30.0, 10.0]])
    kept = torchvision.ops.nms(boxes, torch.tensor([0.3, 0.9, 0.5]), 0.5)
    assert kept.tolist() == [1, 2]
    pooled = torchvision.ops.roi_align(SQUARE, [torch.tensor([[0.0, 0.0, 4.0, 4.0]]).double()], 1)
    assert pooled.shape == (1, 1, 1, 1)


def test_registering_again_changes_nothing() -> None:
    assert operators.is_defined("nms")
    assert operators.register_missing() == ()


def test_a_fresh_process_imports_torchvision_and_grad_cam_without_a_warning() -> None:
    code = "from inference.networks.vision import torchvision; import pytorch_grad_cam"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_nms_keeps_boxes_that_overlap_exactly_the_threshold() -> None:
    # IoU of the pair: 50 / 150 = 1/3; suppression asks for more than the threshold.
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [5.0, 0.0, 15.0, 10.0]], dtype=torch.float64)
    scores = torch.tensor([0.9, 0.8])
    assert operators.nms(boxes, scores, 1 / 3).tolist() == [0, 1]
    assert operators.nms(boxes, scores, 0.33).tolist() == [0]


def test_nms_keeps_what_only_a_suppressed_box_overlaps() -> None:
    chain = torch.tensor([[0.0, 0.0, 10.0, 10.0], [4.0, 0.0, 14.0, 10.0], [8.0, 0.0, 18.0, 10.0]])
    assert operators.nms(chain, torch.tensor([0.9, 0.8, 0.7]), 0.4).tolist() == [0, 2]


def test_nms_keeps_the_first_of_equal_scores_and_ignores_boxes_without_area() -> None:
    same = torch.tensor([[0.0, 0.0, 4.0, 4.0]]).repeat(2, 1)
    assert operators.nms(same, torch.tensor([0.5, 0.5]), 0.5).tolist() == [0]
    points = torch.zeros(2, 4)
    assert operators.nms(points, torch.tensor([0.5, 0.4]), 0.5).tolist() == [0, 1]
    assert operators.nms(torch.empty(0, 4), torch.empty(0), 0.5).shape == (0,)


def test_nms_equals_the_greedy_loop_on_random_boxes() -> None:
    generator = torch.Generator().manual_seed(3)
    corners = torch.rand(60, 2, generator=generator) * 50
    boxes = torch.cat((corners, corners + 5 + torch.rand(60, 2, generator=generator) * 30), dim=1)
    scores = torch.rand(60, generator=generator)
    overlap = torchvision.ops.box_iou(boxes, boxes)
    kept: list[int] = []
    for index in scores.argsort(descending=True).tolist():
        if all(overlap[index, other] <= 0.4 for other in kept):
            kept.append(index)
    assert operators.nms(boxes, scores, 0.4).tolist() == kept


def test_roi_align_by_hand() -> None:
    # RoI (0, 0)-(2, 2) with 2 x 2 bins and one sample each: at 0.5 and 1.5 of the grid 4y + x.
    pooled = align(SQUARE, torch.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]]).double(), (2, 2))
    assert pooled[0, 0].tolist() == [pytest.approx([2.5, 3.5]), pytest.approx([6.5, 7.5])]
    # Aligned: everything half a cell to the upper left; at 0 and 1.
    pooled = align(SQUARE, torch.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]]).double(), (2, 2), aligned=True)
    assert pooled[0, 0].tolist() == [pytest.approx([0.0, 1.0]), pytest.approx([4.0, 5.0])]


def test_samples_beyond_one_cell_outside_are_zero_and_nearer_ones_clamp() -> None:
    # One sample in the middle of each RoI, at y = 1.5 and x = -0.5 (clamped to 0), -1.5 (zero),
    # 4.0 (clamped to 3: the rule is x > width, not x > width - 1), 4.5 (zero).
    rois = torch.tensor(
        [
            [0.0, -1.0, 1.0, 0.0, 2.0],
            [0.0, -2.0, 1.0, -1.0, 2.0],
            [0.0, 3.5, 1.0, 4.5, 2.0],
            [0.0, 4.0, 1.0, 5.0, 2.0],
        ]
    ).double()
    assert align(SQUARE, rois, (1, 1)).flatten().tolist() == pytest.approx([6.0, 0.0, 9.0, 0.0])


def test_an_adaptive_ratio_takes_ceil_of_the_bin_size_in_samples() -> None:
    # 3 x 3 cells in one bin: 3 x 3 samples, at 0.5, 1.5, 2.5: mean 4 * 1.5 + 1.5.
    rois = torch.tensor([[0.0, 0.0, 0.0, 3.0, 3.0], [0.0, 0.0, 0.0, 2.5, 1.0]]).double()
    pooled = align(SQUARE, rois, (1, 1), ratio=0).flatten()
    # The second is 2.5 wide: 3 samples at 2.5 * (1/6, 3/6, 5/6); and 1 high: one sample at 0.5.
    torch.testing.assert_close(pooled, torch.tensor([7.5, 4 * 0.5 + 1.25]).double())
    assert align(SQUARE, rois[:1], (1, 1), ratio=-1).item() == pooled[0].item()


def test_each_roi_reads_its_own_image_in_the_order_given() -> None:
    features = torch.stack((torch.full((2, 4, 4), 1.0), torch.full((2, 4, 4), 2.0)))
    rois = torch.tensor([[1.0, 0, 0, 2, 2], [0.0, 0, 0, 2, 2], [1.0, 1, 1, 3, 3]])
    assert align(features, rois, (2, 2))[:, 0, 0, 0].tolist() == [2.0, 1.0, 2.0]


def test_an_empty_list_of_rois_and_an_empty_roi_train() -> None:
    features = torch.ones(1, 3, 4, 4, requires_grad=True)
    pooled = align(features, torch.empty(0, 5), (7, 7), ratio=2)
    assert pooled.shape == (0, 3, 7, 7)
    pooled.sum().backward()
    assert features.grad is not None
    assert not features.grad.any()
    nothing = torch.tensor([[0.0, 2.0, 2.0, 2.0, 2.0]])
    assert not align(torch.ones(1, 3, 4, 4), nothing, (2, 2), ratio=0, aligned=True).any()


@pytest.mark.parametrize("ratio", [0, 2])
def test_the_gradient_is_that_of_finite_differences(ratio: int) -> None:
    features = torch.rand(2, 2, 5, 6, dtype=torch.float64, requires_grad=True)
    rois = torch.tensor(
        [[0.0, 0.3, 0.2, 4.1, 3.7], [1.0, -1.6, 1.0, 7.9, 9.0], [0.0, 2.0, 2.0, 3.0, 3.5]]
    ).double()
    assert torch.autograd.gradcheck(
        lambda x: align(x, rois, (2, 3), scale=0.7, ratio=ratio, aligned=True), (features,)
    )


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("ratio", [-1, 2])
def test_roi_align_equals_torchvisions_own_python_version(ratio: int, aligned: bool) -> None:
    # Inside the image only: beyond its edge that version extrapolates, the compiled one does not.
    reference = sys.modules["torchvision.ops.roi_align"]._roi_align.__wrapped__  # type: ignore[attr-defined]
    generator = torch.Generator().manual_seed(7)
    features = torch.rand(2, 3, 9, 11, generator=generator)
    corners = torch.rand(20, 2, generator=generator) * 6 + 1
    extent = torch.rand(20, 2, generator=generator) * 8 + 0.5
    image = torch.arange(20).remainder(2)[:, None].float()
    rois = torch.cat((image, corners, corners + extent), dim=1)
    torch.testing.assert_close(
        align(features, rois, (3, 2), scale=0.5, ratio=ratio, aligned=aligned),
        reference(features, rois, 0.5, 3, 2, ratio, aligned),
    )


def test_half_precision_features_come_back_in_half_precision() -> None:
    rois = torch.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]])
    assert align(SQUARE.bfloat16(), rois, (2, 2)).dtype == torch.bfloat16


compiled = pytest.mark.skipif(
    bool(REGISTERED_HERE), reason="torchvision's compiled operators do not load beside this torch"
)


@compiled
@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("ratio", [-1, 0, 2])
def test_roi_align_equals_the_compiled_one_beyond_the_edges_too(ratio: int, aligned: bool) -> None:
    generator = torch.Generator().manual_seed(11)
    features = torch.rand(2, 3, 9, 11, generator=generator)
    corners = torch.rand(40, 2, generator=generator) * 40 - 15
    extent = torch.rand(40, 2, generator=generator) * 20
    image = torch.arange(40).remainder(2)[:, None].float()
    rois = torch.cat((image, corners, corners + extent), dim=1)
    theirs = torch.ops.torchvision.roi_align(features, rois, 0.5, 3, 2, ratio, aligned)
    ours = align(features, rois, (3, 2), scale=0.5, ratio=ratio, aligned=aligned)
    torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-4)


@compiled
def test_nms_equals_the_compiled_one() -> None:
    generator = torch.Generator().manual_seed(12)
    corners = torch.rand(300, 2, generator=generator) * 90
    boxes = torch.cat((corners, corners + torch.rand(300, 2, generator=generator) * 30), dim=1)
    scores = torch.rand(300, generator=generator)
    theirs = torch.ops.torchvision.nms(boxes, scores, 0.5)
    assert operators.nms(boxes, scores, 0.5).equal(theirs)


def test_a_region_wholly_outside_the_image_reads_zero() -> None:
    # As the compiled operator does it: none of the samples comes within one cell of the image.
    rois = torch.tensor(
        [[0.0, 10.0, 10.0, 14.0, 14.0], [0.0, -9.0, 0.0, -3.0, 4.0], [0.0, 0.0, 6.0, 4.0, 12.0]]
    ).double()
    for ratio in (0, 2):
        assert not align(SQUARE, rois, (2, 2), ratio=ratio).any()
