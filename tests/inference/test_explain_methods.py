"""Heat by the closed form and by the grad-cam package, and where it lies in the image."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.networks.backbones import BACKBONES, Backbone, Levels
from inference.networks.description import Preprocessing
from inference.networks.detector import DetectorConfig
from inference.networks.errors import ArchitectureUnknown
from inference.networks.heads import LinearHead
from inference.networks.multitask import MultiTaskNetwork, NetworkConfig
from inference.predict.explain import heat_maps
from inference.predict.explain_methods import (
    CLOSED_FORM,
    EIGEN_CAM,
    GRAD_CAM,
    GRAD_CAM_PLUS_PLUS,
    METHODS,
    heat_by,
)
from inference.predict.preprocess import letterboxed, normalised
from tests.inference.support import LABELS, SIZE_PX, small_network

SIDE_PX = 256


@pytest.mark.parametrize(
    ("backbone", "head"), list(itertools.product(sorted(BACKBONES), ("linear", "hidden")))
)
def test_the_closed_form_equals_the_grad_cam_package(backbone: str, head: str) -> None:
    network = small_network(backbone=backbone, head=head, neck=None)
    output = network.head.get_parameter("output.weight")
    with torch.no_grad():
        output[1] = -output[0]  # of two opposites one has heat, whatever the random weights see
    images = torch.rand(1, 3, SIZE_PX, SIZE_PX, generator=torch.Generator().manual_seed(2))
    closed = heat_by(CLOSED_FORM, network, images)
    assert closed.shape == (len(LABELS), 2, 2)
    assert closed.amax() > 0
    reference = heat_by(GRAD_CAM, network, images)
    assert (closed - reference).abs().max() <= 1e-5 * max(1.0, float(reference.max()))
    assert network.predict(images).heat[0].detach().equal(closed)


class Brightness(Backbone):
    """Two features a cell of 32 px: how bright it is over a threshold, and how dark below it."""

    channels = (2, 2, 2, 2)

    def forward(self, images: Tensor) -> Levels:
        grey = functional.avg_pool2d(images[:, :1], 32)
        cells = torch.cat(((grey - 0.5).relu(), 0.1 * (0.1 - grey).relu()), dim=1)
        return cells, cells, cells, cells

    def stages(self) -> list[tuple[nn.Module, ...]]:
        return []


def sees_brightness() -> MultiTaskNetwork:
    """Label 0 speaks for brightness, label 1 against it, label 2 for darkness."""
    network = small_network(neck=None)
    network.backbone = Brightness()
    head = LinearHead(2, 3, 0.0)
    with torch.no_grad():
        head.output.weight.copy_(torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]))
        head.output.bias.zero_()
    network.head = head
    return network.eval()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("shape", "square"),
    [((1000, 600), (600, 700, 100, 200)), ((500, 1200), (60, 180, 900, 1020))],
)
def test_a_bright_square_is_where_the_map_is_hottest(
    method: str, shape: tuple[int, int], square: tuple[int, int, int, int]
) -> None:
    top, bottom, left, right = square
    image = np.full(shape, 0.3, dtype=np.float32)
    image[top:bottom, left:right] = 1.0
    grey, letterbox = letterboxed(image, SIDE_PX)
    inputs = normalised(grey[None, None], Preprocessing(SIDE_PX, (0.0,) * 3, (1.0,) * 3))
    heat = heat_by(method, sees_brightness(), inputs)
    assert heat.shape == (3, SIDE_PX // 32, SIDE_PX // 32)
    assert heat.min() >= 0
    hot = heat_maps(heat, letterbox)[0]
    row, column = np.unravel_index(int(hot.argmax()), hot.shape)
    y, x = (row + 0.5) / hot.shape[0] * shape[0], (column + 0.5) / hot.shape[1] * shape[1]
    # The grid is coarse: within half a cell of the square.
    half_cell = 16 / SIDE_PX * max(shape)
    assert top - half_cell <= y <= bottom + half_cell
    assert left - half_cell <= x <= right + half_cell


@pytest.mark.parametrize("method", [CLOSED_FORM, GRAD_CAM, GRAD_CAM_PLUS_PLUS])
def test_a_label_that_brightness_speaks_against_gets_no_heat_from_it(method: str) -> None:
    image = torch.zeros(1, 3, SIDE_PX, SIDE_PX)
    image[:, :, 64:128, 64:128] = 1.0
    heat = heat_by(method, sees_brightness(), image)
    assert heat[0].argmax() in (2 * 8 + 2, 2 * 8 + 3, 3 * 8 + 2, 3 * 8 + 3)
    assert not heat[1].any()


def test_eigen_cam_knows_no_label() -> None:
    network = small_network(neck=None)
    heat = heat_by(EIGEN_CAM, network, torch.rand(1, 3, SIZE_PX, SIZE_PX))
    assert heat[0].equal(heat[1])
    assert heat.shape[0] == len(LABELS)


@pytest.mark.parametrize("method", METHODS)
def test_a_detector_alone_has_no_maps(method: str) -> None:
    sizes = (8.0, 16.0, 32.0)
    detector = DetectorConfig(("Mass",), "light", 16, 16, anchor_sizes_px=sizes)
    network = MultiTaskNetwork(NetworkConfig((), detector=detector))
    assert heat_by(method, network, torch.rand(1, 3, 64, 96)).shape == (0, 2, 3)


def test_another_method_or_several_images_are_refused() -> None:
    network = small_network(neck=None)
    with pytest.raises(ArchitectureUnknown, match="score-cam"):
        heat_by("score-cam", network, torch.rand(1, 3, SIZE_PX, SIZE_PX))
    with pytest.raises(ArchitectureUnknown, match="one input"):
        heat_by(GRAD_CAM, network, torch.rand(2, 3, SIZE_PX, SIZE_PX))
