"""Heat grids by the ``grad-cam`` package: the reference for the closed form, and other methods.

The closed form (``networks/heads.py``) is what the application shows. It equals Grad-CAM, and its
heat comes with the prediction; the package takes one backward pass a label.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inference.networks.errors import ArchitectureUnknown
from inference.networks.multitask import MultiTaskNetwork

CLOSED_FORM, GRAD_CAM, GRAD_CAM_PLUS_PLUS, EIGEN_CAM = (
    "closed-form",
    "grad-cam",
    "grad-cam++",
    "eigen-cam",
)
METHODS = (CLOSED_FORM, GRAD_CAM, GRAD_CAM_PLUS_PLUS, EIGEN_CAM)


def heat_by(method: str, network: MultiTaskNetwork, images: Tensor) -> Tensor:
    """One input (1, 3, S, S) -> (L, h, w) float32 >= 0, not normalised; as ``heat_maps`` takes it.

    "closed-form" and "grad-cam" are the same map, computed in two ways. "grad-cam++" weighs places
    by their share in the gradient. "eigen-cam" is the first principal component of the features: it
    knows no label, so every label gets the same map.
    Raises ArchitectureUnknown for another name, ImportError where the optional package is needed
    and absent. Sources: Selvaraju et al., ICCV 2017; Chattopadhyay et al., WACV 2018; Muhammad and
    Yeasin, IJCNN 2020.
    """
    if method not in METHODS:
        raise ArchitectureUnknown(f"No method is called {method!r}; known: {', '.join(METHODS)}.")
    if len(images) != 1:
        raise ArchitectureUnknown(f"Heat is made of one input at a time, not of {len(images)}.")
    network.eval()
    if method == CLOSED_FORM:
        with torch.no_grad():
            heat: Tensor = network.head.grad_cam(network.backbone(images)[-1])[0]
        return heat
    labels = len(network.config.labels)
    if method == EIGEN_CAM:
        one = _by_package(method, network, images, (0,)) if labels else _nothing(network, images)
        return torch.from_numpy(one).expand(labels, -1, -1).clone()
    if not labels:
        return torch.from_numpy(_nothing(network, images))
    return torch.from_numpy(_by_package(method, network, images, tuple(range(labels))))


class _Logits(nn.Module):
    """Image to logits through a named last layer, which the package hooks."""

    def __init__(self, network: MultiTaskNetwork) -> None:
        super().__init__()
        self.network = network
        self.top = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        # A fresh tensor: the network's weights are frozen, but the package needs its gradient.
        features = self.top(self.network.backbone(images)[-1].detach().requires_grad_())
        logits: Tensor = self.network.head(features)
        return logits


def _by_package(
    method: str, network: MultiTaskNetwork, images: Tensor, labels: tuple[int, ...]
) -> NDArray[np.float32]:
    """(labels, h, w) >= 0 on the grid of the features, before the package scales it up."""
    import pytorch_grad_cam as package  # optional: only these methods need it
    from pytorch_grad_cam.utils.model_targets import (  # optional: as above
        ClassifierOutputTarget,
    )

    kinds: dict[str, Any] = {
        GRAD_CAM: package.GradCAM,
        GRAD_CAM_PLUS_PLUS: package.GradCAMPlusPlus,
        EIGEN_CAM: package.EigenCAM,
    }
    model = _Logits(network).eval()
    maps: list[NDArray[np.float32]] = []
    with kinds[method](model=model, target_layers=[model.top]) as cam:
        for label in labels:
            targets = [ClassifierOutputTarget(label)]
            cam(input_tensor=images, targets=targets)
            seen = cam.activations_and_grads
            activations = seen.activations[0].cpu().numpy()
            gradients = seen.gradients[0].cpu().numpy() if seen.gradients else None
            grid = cam.get_cam_image(images, model.top, targets, activations, gradients, False)[0]
            maps.append(np.maximum(_oriented(grid, activations[0], method), 0.0))
    return np.stack(maps).astype(np.float32)


def _oriented(
    grid: NDArray[np.float32], features: NDArray[np.float32], method: str
) -> NDArray[np.float32]:
    """A principal component has no sign of its own: it takes that of the features' strength."""
    if method != EIGEN_CAM:
        return grid
    strength = np.linalg.norm(features, axis=0)
    return -grid if ((strength - strength.mean()) * grid).sum() < 0 else grid


def _nothing(network: MultiTaskNetwork, images: Tensor) -> NDArray[np.float32]:
    """(0, h, w), of a network that scores no label."""
    stride = network.backbone.strides[-1]
    return np.zeros((0, images.shape[2] // stride, images.shape[3] // stride), dtype=np.float32)
