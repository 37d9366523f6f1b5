"""What a predictor puts out over the images of a dataset, beside what is true of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.detection import ImageBoxes
from inference.predict.predictor import Predictor
from inference.predict.types import BoxDetection
from inference.training.datasets import Dataset, Record, read_grey

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NoProgress: Callable[[int], None] = lambda done: None  # noqa: E731


@dataclass(frozen=True, slots=True)
class Collected:
    """scores, truth, known (N, L) in label order; boxes of each image in its own pixels."""

    labels: tuple[str, ...]
    box_labels: tuple[str, ...]
    records: tuple[Record, ...]
    scores: Floats
    truth: Bools
    known: Bools
    boxes: tuple[tuple[BoxDetection, ...], ...]

    @property
    def patients(self) -> tuple[str, ...]:
        return tuple(record.patient_id for record in self.records)


def collect(
    predictor: Predictor,
    dataset: Dataset,
    indices: tuple[int, ...],
    progress: Callable[[int], None] = NoProgress,
) -> Collected:
    """Through the same code as the application. ``progress`` gets the number of images done."""
    labels, boxed = predictor.description.labels, predictor.box_labels
    scores: list[tuple[float, ...]] = []
    boxes: list[tuple[BoxDetection, ...]] = []
    records = tuple(dataset.records[index] for index in indices)
    for done, record in enumerate(records, start=1):
        raw = predictor.predict_raw(read_grey(dataset.folder / record.image))
        scores.append(raw.scores)
        boxes.append(raw.boxes)
        progress(done)
    return Collected(
        labels=labels,
        box_labels=boxed,
        records=records,
        scores=np.array(scores, dtype=np.float64).reshape(len(records), len(labels)),
        truth=np.array([[label in item.labels for label in labels] for item in records]),
        known=np.array([[label in item.known for label in labels] for item in records]),
        boxes=tuple(boxes),
    )


def judges(record: Record, label: str, box_labels: tuple[str, ...]) -> bool:
    """Whether this image can judge boxes of this label.

    Boxed images and those without any finding of a boxed kind can; an image that carries the label
    without a box of it cannot.
    """
    boxed = {name for name, _ in record.boxes}
    if label in record.labels and label not in boxed:
        return False
    return bool(boxed) or not record.labels & set(box_labels)


def boxes_of(collected: Collected, label: str) -> dict[int, ImageBoxes]:
    """Row number to true and found boxes of one label, for the images that can judge it."""
    return {
        row: _image_boxes(record, collected.boxes[row], label)
        for row, record in enumerate(collected.records)
        if judges(record, label, collected.box_labels)
    }


def _image_boxes(record: Record, found: tuple[BoxDetection, ...], label: str) -> ImageBoxes:
    mine = [item for item in found if item.label == label]
    truth = [box.as_xyxy() for name, box in record.boxes if name == label]
    return ImageBoxes(
        np.array(truth, dtype=np.float64).reshape(-1, 4),
        np.array([item.box.as_xyxy() for item in mine], dtype=np.float64).reshape(-1, 4),
        np.array([item.score for item in mine], dtype=np.float64),
    )
