"""What a predictor puts out over the images of a dataset, beside what is true of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.detection import ImageBoxes
from inference.evaluation.explainability import HeatRow, heat_row
from inference.predict.explain import heat_maps
from inference.predict.predictor import Predictor, RawPrediction
from inference.predict.types import BoxDetection
from inference.training.datasets import Dataset, Record, read_grey

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Grey = NDArray[np.float32]
# Image name and grey values (H, W) -> lungs (H, W), or None where nobody outlined them.
Lungs = Callable[[str, Grey], Bools | None]
NoProgress: Callable[[int], None] = lambda done: None  # noqa: E731
NoLungs: Lungs = lambda name, grey: None  # noqa: E731


@dataclass(frozen=True, slots=True)
class Collected:
    """scores, truth, known (N, L) in label order; boxes of each image in its own pixels.

    A classifier alone has no ``box_labels``, a detector alone no ``labels``. ``heat``: how the maps
    of present findings lie.
    """

    labels: tuple[str, ...]
    box_labels: tuple[str, ...]
    records: tuple[Record, ...]
    scores: Floats
    truth: Bools
    known: Bools
    boxes: tuple[tuple[BoxDetection, ...], ...]
    heat: tuple[HeatRow, ...] = ()

    @property
    def patients(self) -> tuple[str, ...]:
        return tuple(record.patient_id for record in self.records)

    def take(self, rows: list[int]) -> Collected:
        """These images alone, in this order; each at most once."""
        places = {row: place for place, row in enumerate(rows)}
        return replace(
            self,
            records=tuple(self.records[row] for row in rows),
            scores=self.scores[rows],
            truth=self.truth[rows],
            known=self.known[rows],
            boxes=tuple(self.boxes[row] for row in rows),
            heat=tuple(
                replace(item, row=places[item.row]) for item in self.heat if item.row in places
            ),
        )


def collect(
    predictor: Predictor,
    dataset: Dataset,
    indices: tuple[int, ...],
    progress: Callable[[int], None] = NoProgress,
    lungs: Lungs = NoLungs,
) -> Collected:
    """Through the same code as the application. ``progress`` gets the number of images done."""
    labels, boxed = predictor.description.labels, predictor.box_labels
    scores: list[tuple[float, ...]] = []
    boxes: list[tuple[BoxDetection, ...]] = []
    heat: list[HeatRow] = []
    records = tuple(dataset.records[index] for index in indices)
    for row, record in enumerate(records):
        grey = read_grey(dataset.folder / record.image)
        raw = predictor.predict_raw(grey)
        scores.append(raw.scores)
        boxes.append(raw.boxes)
        heat += _heat_rows(row, record, labels, raw, lungs(record.image, grey))
        progress(row + 1)
    return Collected(
        labels=labels,
        box_labels=boxed,
        records=records,
        scores=np.array(scores, dtype=np.float64).reshape(len(records), len(labels)),
        truth=_table(records, labels, lambda record: record.labels),
        known=_table(records, labels, lambda record: record.known),
        boxes=tuple(boxes),
        heat=tuple(heat),
    )


def with_mirror_images(predictor: Predictor, dataset: Dataset, collected: Collected) -> Collected:
    """The same with the mean of the scores of each image and of its mirror image.

    Boxes and heat maps stay those of the image: this asks what test-time flips would give the
    scores, and no more.
    """
    turned = []
    for record in collected.records:
        grey = read_grey(dataset.folder / record.image)
        turned.append(predictor.predict_raw(np.ascontiguousarray(grey[:, ::-1])).scores)
    mirrored = np.array(turned, dtype=np.float64).reshape(collected.scores.shape)
    return replace(collected, scores=(collected.scores + mirrored) / 2)


def _table(
    records: tuple[Record, ...], labels: tuple[str, ...], named: Callable[[Record], frozenset[str]]
) -> Bools:
    rows = [[label in named(record) for label in labels] for record in records]
    return np.array(rows, dtype=bool).reshape(len(records), len(labels))


def _heat_rows(
    row: int,
    record: Record,
    labels: tuple[str, ...],
    raw: RawPrediction,
    lungs: Bools | None,
) -> list[HeatRow]:
    """Of the findings that are present, where a reader's box or a lung mask can judge the map."""
    boxed = {name for name, _ in record.boxes}
    judged = [
        number
        for number, label in enumerate(labels)
        if label in record.labels and (label in boxed or lungs is not None)
    ]
    if not judged:
        return []
    maps = heat_maps(raw.heat[judged], raw.letterbox)
    shape = raw.letterbox.rows, raw.letterbox.columns
    return [
        heat_row(row, labels[number], heat, _true_boxes(record, labels[number]), shape, lungs)
        for number, heat in zip(judged, maps, strict=True)
    ]


def judges(record: Record, label: str, box_labels: tuple[str, ...]) -> bool:
    """Whether this image can judge boxes of this label.

    Boxed images and those without any finding of a boxed kind can; an image that carries the label,
    or may carry it, without a box of it cannot.
    """
    boxed = {name for name, _ in record.boxes}
    open_question = label in record.labels or label not in record.known
    if open_question and label not in boxed:
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
    return ImageBoxes(
        _true_boxes(record, label),
        np.array([item.box.as_xyxy() for item in mine], dtype=np.float64).reshape(-1, 4),
        np.array([item.score for item in mine], dtype=np.float64),
    )


def _true_boxes(record: Record, label: str) -> Floats:
    truth = [box.as_xyxy() for name, box in record.boxes if name == label]
    return np.array(truth, dtype=np.float64).reshape(-1, 4)
