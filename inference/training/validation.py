"""Outputs of a network over packed images, and the two numbers that choose the best epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from inference.evaluation.detection import ImageBoxes, average_precision, match
from inference.evaluation.metrics import auroc_per_label, macro
from inference.networks.description import Preprocessing
from inference.networks.detector import RawDetections
from inference.networks.multitask import MultiTaskNetwork, NetworkOutput
from inference.predict.preprocess import normalised
from inference.training.batches import Subset, box_target, hard_targets
from inference.training.engine import Validation


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
        grey = torch.from_numpy(subset.packed.pixels[chosen])[:, None].float() / 255.0
        images = normalised(grey, preprocessing).to(device, memory_format=torch.channels_last)
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


@dataclass(frozen=True, slots=True)
class Validator:
    """Judges a network on the validation patients."""

    subset: Subset
    preprocessing: Preprocessing

    def __call__(self, network: MultiTaskNetwork) -> Validation:
        outputs = run_network(network, self.subset, self.preprocessing)
        present, known = hard_targets(self.subset.dataset, self.subset.indices)
        auroc = macro(auroc_per_label(outputs.logits, present.numpy().astype(bool), known.numpy()))
        if not outputs.boxes:
            return Validation(auroc, float("nan"))
        per_label = judged_boxes(self.subset, outputs.boxes)
        values = [average_precision(match(images, 0.4)) for images in per_label.values()]
        return Validation(auroc, macro(np.array(values)))
