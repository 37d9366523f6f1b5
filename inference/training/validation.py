"""Outputs of a network over packed images, and the two numbers that choose the best epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.evaluation.detection import AP40, ImageBoxes, average_precision, match
from inference.evaluation.metrics import auroc_per_label, macro
from inference.networks.description import Preprocessing
from inference.networks.detector import BoxTarget, RawDetections
from inference.networks.multitask import MultiTaskNetwork, NetworkOutput
from inference.predict.preprocess import normalised
from inference.training.batches import Subset, box_target, hard_targets
from inference.training.engine import Validation
from inference.training.losses import Criterion


@dataclass(frozen=True, slots=True)
class Outputs:
    """logits (N, L) float64 and the raw boxes of each image, in input pixels."""

    logits: NDArray[np.float64]
    boxes: tuple[RawDetections, ...]


@torch.inference_mode()
def run_network(
    network: MultiTaskNetwork,
    subset: Subset,
    preprocessing: Preprocessing,
    *,
    batch_images: int = 8,
) -> Outputs:
    """In evaluation mode and float32."""
    device = next(network.parameters()).device
    network.eval()
    logits: list[NDArray[np.float64]] = []
    boxes: list[RawDetections] = []
    for start in range(0, len(subset.indices), batch_images):
        chosen = list(subset.indices[start : start + batch_images])
        images = _inputs(subset, chosen, preprocessing, device)
        output: NetworkOutput = network.predict(images)
        logits.append(output.logits.double().cpu().numpy())
        boxes += [
            RawDetections(item.boxes.cpu(), item.scores.cpu(), item.labels.cpu())
            for item in output.detections
        ]
    return Outputs(np.concatenate(logits), tuple(boxes))


def judged_boxes(subset: Subset, found: tuple[RawDetections, ...]) -> dict[str, list[ImageBoxes]]:
    """Boxes a label, on images that can judge a detector.

    These are the boxed images and those without any finding of a boxed kind; for a label, images
    that carry it without a box of it are left out.
    """
    labels = subset.dataset.box_labels
    result: dict[str, list[ImageBoxes]] = {label: [] for label in labels}
    for index, raw in zip(subset.indices, found, strict=True):
        record = subset.dataset.records[index]
        target = box_target(record, torch.empty(0), torch.empty(0), labels)
        if target is None:
            continue
        for number, label in enumerate(labels):
            if bool(target.unboxed[number]):
                continue
            truth = [box.as_xyxy() for name, box in subset.packed.boxes[index] if name == label]
            mine = raw.labels == number + 1
            result[label].append(
                ImageBoxes(
                    np.array(truth, dtype=np.float64).reshape(-1, 4),
                    raw.boxes[mine].double().numpy(),
                    raw.scores[mine].double().numpy(),
                )
            )
    return result


@torch.inference_mode()
def detection_loss(
    network: MultiTaskNetwork,
    subset: Subset,
    preprocessing: Preprocessing,
    *,
    batch_images: int = 8,
) -> float:
    """Mean over batches of the four detector losses, on images that can train it; NaN without one.

    The regions that the losses sample are drawn from a fixed seed; norms and dropout are those of
    evaluation.
    """
    targets = [_input_target(subset, index) for index in subset.indices]
    usable = [number for number, target in enumerate(targets) if target is not None]
    detector = network.detector
    if detector is None or not usable:
        return float("nan")
    device = next(network.parameters()).device
    network.eval()
    detector.rpn.train()  # torchvision gives its losses in training mode alone; it has no norms
    total, batches = 0.0, 0
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(0)
        for start in range(0, len(usable), batch_images):
            chosen = usable[start : start + batch_images]
            images = _inputs(subset, [subset.indices[n] for n in chosen], preprocessing, device)
            truth = [target.to(device) for n in chosen if (target := targets[n]) is not None]
            losses = network.losses(images, [*truth]).detector_losses
            total += sum(value.item() for value in losses.values())
            batches += 1
    network.eval()
    return total / batches


def _inputs(
    subset: Subset, rows: list[int], preprocessing: Preprocessing, device: torch.device
) -> Tensor:
    """(N, 3, S, S) normalised, on the device."""
    grey = torch.from_numpy(subset.packed.pixels[rows])[:, None].float() / 255.0
    return normalised(grey, preprocessing).to(device, memory_format=torch.channels_last)


def _input_target(subset: Subset, index: int) -> BoxTarget | None:
    names = subset.dataset.box_labels
    placed = [(label, box) for label, box in subset.packed.boxes[index] if label in names]
    corners = torch.tensor([box.as_xyxy() for _, box in placed], dtype=torch.float32)
    classes = torch.tensor([names.index(label) + 1 for label, _ in placed], dtype=torch.int64)
    return box_target(subset.dataset.records[index], corners, classes, names)


@dataclass(frozen=True, slots=True)
class Validator:
    """Judges a network on the validation patients; the loss is that of ``criterion``, if given."""

    subset: Subset
    preprocessing: Preprocessing
    criterion: Criterion | None = None
    detection_weight: float = 1.0

    def __call__(self, network: MultiTaskNetwork) -> Validation:
        outputs = run_network(network, self.subset, self.preprocessing)
        labels = network.config.labels
        present, known = hard_targets(self.subset.dataset, self.subset.indices, labels)
        truth = present.numpy().astype(bool)
        auroc = macro(auroc_per_label(outputs.logits, truth, known.numpy()))
        loss = self._loss(network, outputs, present, known)
        if not outputs.boxes:
            return Validation(auroc, float("nan"), loss)
        per_label = judged_boxes(self.subset, outputs.boxes)
        values = [average_precision(match(images, AP40)) for images in per_label.values()]
        return Validation(auroc, macro(np.array(values)), loss)

    def _loss(
        self, network: MultiTaskNetwork, outputs: Outputs, present: Tensor, known: Tensor
    ) -> float:
        if self.criterion is None:
            return float("nan")
        on = self.criterion.weights.device
        logits = torch.from_numpy(outputs.logits).float().to(on)
        classification = float(self.criterion(logits, present.to(on), known.to(on)))
        if network.detector is None:
            return classification
        boxes = detection_loss(network, self.subset, self.preprocessing)
        return classification + self.detection_weight * boxes
