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
from inference.training.copy_paste import small_lesions
from inference.training.distributed import ALONE, World
from inference.training.errors import ConfigRefused
from inference.training.losses import smoothed
from inference.training.packing import PackedImages
from inference.training.records import Dataset, Record
from inference.training.transforms import geometry, mixed, photometric


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


def hard_targets(
    dataset: Dataset, indices: tuple[int, ...], labels: tuple[str, ...] | None = None
) -> tuple[Tensor, Tensor]:
    """Present (N, L) float32 0/1, and known (N, L) bool; of these labels, else of all."""
    wanted = dataset.labels if labels is None else labels
    records = [dataset.records[index] for index in indices]
    present = [[label in item.labels for label in wanted] for item in records]
    known = [[label in item.known for label in wanted] for item in records]
    return torch.tensor(present, dtype=torch.float32), torch.tensor(known, dtype=torch.bool)


def training_targets(
    dataset: Dataset, indices: tuple[int, ...], rules: TargetRules
) -> tuple[Tensor, Tensor]:
    """As ``hard_targets``, mixed with soft targets where there are some, smoothed elsewhere.

    Uncertain labels that have a target of their own train with it.
    """
    targets, known = hard_targets(dataset, indices, rules.labels)
    out = smoothed(targets, rules.label_smoothing)
    if not rules.labels:
        return out, known
    for row, index in enumerate(indices):
        record = dataset.records[index]
        if record.soft:
            share = rules.soft_share
            out[row] = (1.0 - share) * targets[row] + share * torch.tensor(record.soft)
        for label, target in record.uncertain:
            column = rules.labels.index(label)
            out[row, column], known[row, column] = target, True
    return out, known


def box_target(
    record: Record, boxes: Tensor, labels: Tensor, box_labels: tuple[str, ...]
) -> BoxTarget | None:
    """None where the image cannot train the detector: findings of a boxed kind, but no box."""
    if record.labels & set(box_labels) and not record.boxes:
        return None
    open_questions = unboxed_labels(record, box_labels)
    unboxed = [label in open_questions for label in box_labels]
    return BoxTarget(boxes.reshape(-1, 4), labels, torch.tensor(unboxed, dtype=torch.bool))


def unboxed_labels(record: Record, box_labels: tuple[str, ...]) -> frozenset[str]:
    """Boxed kinds of findings that the image has, or may have, without a box of them."""
    boxed = {label for label, _ in record.boxes}
    absent = record.known - record.labels
    return frozenset(label for label in box_labels if label not in boxed | absent)


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
        self._world = ALONE
        self._lesions = small_lesions(
            subset.packed, subset.indices, rules.box_labels, augment.copy_paste
        )
        self.targets, self.known = training_targets(subset.dataset, subset.indices, rules)

    def __len__(self) -> int:
        return len(self._indices) // self._batch_images or 1

    def divide(self, world: World) -> None:
        """Take this process's share of every batch. Raises ConfigRefused for too small ones."""
        if world.size > 1 and min(self._batch_images, len(self._indices)) < 2 * world.size:
            raise ConfigRefused("optim.batch_images must be two a process at least (batch norms).")
        self._world = world

    def epoch(self) -> Iterator[Batch]:
        """Draws from torch's global generator; a last, smaller batch is left out (batch norms)."""
        order = torch.randperm(len(self._indices))
        if self._world.size > 1:
            # The order is the same in every process; the augmentations shall not be.
            torch.manual_seed(torch.initial_seed() + 1_000_003 * (self._world.rank + 1))
        for number in range(len(self)):
            rows = order[number * self._batch_images : (number + 1) * self._batch_images]
            yield self._batch(rows[self._world.rank :: self._world.size])

    def _batch(self, rows: Tensor) -> Batch:
        pictures: list[Tensor] = []
        boxes: list[BoxTarget | None] = []
        targets, known = self.targets[rows], self.known[rows]
        for place, row in enumerate(rows.tolist()):
            picture, target, pasted = self._sample(self._indices[row])
            pictures.append(picture)
            boxes.append(target)
            for label in pasted & set(self._rules.labels):
                column = self._rules.labels.index(label)
                targets[place, column] = 1.0 - 0.5 * self._rules.label_smoothing
                known[place, column] = True
        grey = photometric(torch.stack(pictures).float() / 255.0, self._augment)
        if self._augment.mixup > 0:
            grey, targets, known = mixed(grey, targets, known, self._augment.mixup)
        return Batch(normalised(grey, self._preprocessing), targets, known, boxes)

    def _sample(self, index: int) -> tuple[Tensor, BoxTarget | None, frozenset[str]]:
        """Pixels (1, S, S), what is boxed on them, and the labels that were pasted in."""
        record, names = self._dataset.records[index], self._rules.box_labels
        pixels, placed = self._packed.pixels[index].copy(), self._packed.boxes[index]
        if self._augment.copy_paste > 0 and (record.boxes or not record.labels & set(names)):
            pixels, placed = self._lesions.paste(index, placed, unboxed_labels(record, names))
        pasted = frozenset(label for label, _ in placed[len(record.boxes) :])
        placed = tuple((label, box) for label, box in placed if label in names)
        corners = torch.tensor([box.as_xyxy() for _, box in placed], dtype=torch.float32)
        classes = torch.tensor([names.index(label) + 1 for label, _ in placed], dtype=torch.int64)
        picture, corners, classes = self._geometry(
            torch.from_numpy(pixels)[None], corners.reshape(-1, 4), classes
        )
        target = box_target(record, corners, classes, names) if names else None
        return picture, target, pasted
