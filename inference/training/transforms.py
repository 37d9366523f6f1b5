"""Augmentation: geometry by torchvision.transforms.v2, which moves boxes too; grey by batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from inference.networks.vision import torchvision
from inference.training.config import AugmentConfig


@dataclass(frozen=True, slots=True)
class Geometry:
    """Moves one (1, S, S) uint8 image with its boxes; draws from torch's global generator."""

    steps: Any

    def __call__(
        self, image: Tensor, boxes: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """image, boxes (B, 4) xyxy, labels (B,) -> the same, boxes that left the image removed."""
        sample = {
            "image": torchvision.tv_tensors.Image(image),
            "boxes": torchvision.tv_tensors.BoundingBoxes(
                boxes, format="XYXY", canvas_size=tuple(image.shape[-2:])
            ),
            "labels": labels,
        }
        moved = self.steps(sample)
        return (
            moved["image"].as_subclass(Tensor),
            moved["boxes"].as_subclass(Tensor),
            moved["labels"],
        )


def geometry(config: AugmentConfig) -> Geometry:
    v2 = torchvision.transforms.v2
    steps = [
        v2.RandomAffine(
            degrees=config.degrees,
            translate=(config.translate, config.translate),
            scale=(1.0 - config.scale, 1.0 + config.scale),
            interpolation=v2.InterpolationMode.BILINEAR,
        ),
        v2.ClampBoundingBoxes(),
        # A finding mostly outside the picture is no longer one: its rest would teach an edge.
        v2.SanitizeBoundingBoxes(min_size=4, labels_getter=lambda sample: sample["labels"]),
    ]
    if config.flip:
        steps.insert(0, v2.RandomHorizontalFlip(0.5))
    return Geometry(v2.Compose(steps))


def photometric(grey: Tensor, config: AugmentConfig) -> Tensor:
    """(N, 1, S, S) in [0, 1] -> the same: gamma, contrast, brightness, noise and a cut-out."""
    count = len(grey)

    def spread(width: float) -> Tensor:
        return (torch.rand(count, 1, 1, 1) * 2.0 - 1.0) * width

    out = grey ** torch.exp(spread(config.gamma))
    mean = out.mean(dim=(2, 3), keepdim=True)
    out = (out - mean) * (1.0 + spread(config.contrast)) + mean + spread(config.brightness)
    if config.noise > 0:
        out = out + torch.randn_like(out) * (torch.rand(count, 1, 1, 1) * config.noise)
    if config.cutout > 0:
        out = _cut_out(out, config.cutout)
    return out.clamp_(0.0, 1.0)


def mixed(
    grey: Tensor, targets: Tensor, known: Tensor, alpha: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Each image of the batch with some of another one, targets in the same shares.

    A label is known where it is for both. Source: Zhang et al., mixup, ICLR 2018.
    """
    share = float(torch.distributions.Beta(alpha, alpha).sample())
    other = torch.randperm(len(grey))
    return (
        share * grey + (1.0 - share) * grey[other],
        share * targets + (1.0 - share) * targets[other],
        known & known[other],
    )


def _cut_out(grey: Tensor, share: float) -> Tensor:
    """In half of the images one rectangle, up to ``share`` of the side, becomes the mean."""
    count, _, rows, columns = grey.shape
    sides = torch.rand(count, 2) * share
    centres = torch.rand(count, 2)
    y = torch.arange(rows) / rows
    x = torch.arange(columns) / columns
    in_rows = (y[None] - centres[:, :1]).abs() < sides[:, :1] / 2
    in_columns = (x[None] - centres[:, 1:]).abs() < sides[:, 1:] / 2
    covered = in_rows[:, None, :, None] & in_columns[:, None, None, :]
    covered &= (torch.rand(count) < 0.5)[:, None, None, None]
    return torch.where(covered, grey.mean(dim=(2, 3), keepdim=True), grey)
