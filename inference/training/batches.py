"""Batches in a seeded order: images augmented and normalised, targets beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from inference.networks.description import Preprocessing
from inference.networks.detector import BoxTarget
from inference.predict.preprocess import normalised
from inference.training.config import AugmentConfig
from inference.training.datasets import Dataset, PackedImages, Record
from inference.training.losses import smoothed
from inference.training.transforms import Geometry, geometry, photometric


@dataclass(frozen=True, slots=True)
class Batch:
    """images (N, 3, S, S) normalised; targets and known (N, L); boxes one an image, or None."""

    images: Tensor
    targets: Tensor
    known: Tensor
    boxes: list[BoxTarget | None]


@dataclass(frozen=True, slots=True)
class TargetRules:
    """How records become targets. ``soft_share`` is the weight of another model's probability."""

    labels: tuple[str, ...]
    box_labels: tuple[str, ...]
    soft_share: float
    label_smoothing: float


def hard_targets(dataset: Dataset, indices: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Present (N, L) float32 0/1, and known (N, L) bool."""
    records = [dataset.records[index] for index in indices]
    present = [[label in item.labels for label in dataset.labels] for item in records]
    known = [[label in item.known for label in dataset.labels] for item in records]
    return torch.tensor(present, dtype=torch.float32), torch.tensor(known, dtype=torch.bool)


def training_targets(
    dataset: Dataset, indices: tuple[int, ...], rules: TargetRules
) -> tuple[Tensor, Tensor]:
    """As ``hard_targets``, mixed with soft targets where there are some, smoothed elsewhere."""
    targets, known = hard_targets(dataset, indices)
    out = smoothed(targets, rules.label_smoothing)
    for row, index in enumerate(indices):
        soft = dataset.records[index].soft
        if soft:
            share = rules.soft_share
            out[row] = (1.0 - share) * targets[row] + share * torch.tensor(soft)
    return out, known


def box_target(
    record: Record, boxes: Tensor, labels: Tensor, box_labels: tuple[str, ...]
) -> BoxTarget | None:
    """None where the image cannot train the detector: findings of a boxed kind, but no box."""
    found = record.labels & set(box_labels)
    if found and not record.boxes:
        return None
    boxed = {label for label, _ in record.boxes}
    unboxed = [label in found and label not in boxed for label in box_labels]
    return BoxTarget(boxes.reshape(-1, 4), labels, torch.tensor(unboxed, dtype=torch.bool))


@dataclass(frozen=True, slots=True)
class Subset:
    """Some records of a packed dataset, by index."""

    dataset: Dataset
    packed: PackedImages
    indices: tuple[int, ...]


class TrainingBatches:
    """One epoch of batches. The order and every augmentation follow from (seed, epoch) alone."""

    def __init__(
        self,
        subset: Subset,
        rules: TargetRules,
        *,
        augment: AugmentConfig,
        batch_images: int,
        preprocessing: Preprocessing,
    ) -> None:
        self._dataset, self._packed, self._indices = subset.dataset, subset.packed, subset.indices
        self._rules = rules
        self._augment, self._geometry = augment, geometry(augment)
        self._batch_images, self._preprocessing = batch_images, preprocessing
        self.targets, self.known = training_targets(subset.dataset, subset.indices, rules)

    def __len__(self) -> int:
        return len(self._indices) // self._batch_images or 1

    def epoch(self) -> Iterator[Batch]:
        """Draws from torch's global generator; a last, smaller batch is left out (batch norms)."""
        order = torch.randperm(len(self._indices))
        for number in range(len(self)):
            rows = order[number * self._batch_images : (number + 1) * self._batch_images]
            yield self._batch(rows)

    def _batch(self, rows: Tensor) -> Batch:
        pictures: list[Tensor] = []
        boxes: list[BoxTarget | None] = []
        for row in rows.tolist():
            picture, target = self._sample(self._indices[row], self._geometry)
            pictures.append(picture)
            boxes.append(target)
        grey = photometric(torch.stack(pictures).float() / 255.0, self._augment)
        images = normalised(grey, self._preprocessing)
        return Batch(images, self.targets[rows], self.known[rows], boxes)

    def _sample(self, index: int, move: Geometry) -> tuple[Tensor, BoxTarget | None]:
        record, names = self._dataset.records[index], self._rules.box_labels
        placed = [(label, box) for label, box in self._packed.boxes[index] if label in names]
        corners = torch.tensor([box.as_xyxy() for _, box in placed], dtype=torch.float32)
        classes = torch.tensor([names.index(label) + 1 for label, _ in placed], dtype=torch.int64)
        pixels = torch.from_numpy(self._packed.pixels[index].copy())[None]
        picture, corners, classes = move(pixels, corners.reshape(-1, 4), classes)
        target = box_target(record, corners, classes, names) if names else None
        return picture, target
