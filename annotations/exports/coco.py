"""COCO JSON, written as a stream: memory does not grow with the number of images.

``images`` holds every image, negatives included; ``annotations`` every statement with a box. COCO
has no place for statements about a whole image, so each image has the extra field
``image_labels``: a list of ``{statement_id, label, category_id, certainty, laterality, decision,
reader, reviewed_on}``; "no finding" stands there too, with ``category_id`` null. Annotations have
the same extra fields; ``statement_id`` is the row number in findings.csv. Ids count from 1.
``bbox`` is xywh in pixels of the original image, ``area`` is w x h.
Source: https://cocodataset.org/#format-data, object detection.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from annotations.exports.files import whole_file
from annotations.exports.types import (
    DECIMALS_PX,
    Category,
    ExportAnnotation,
    ExportImage,
    ExportRecord,
    JsonValue,
    Xyxy,
    rounded,
)

JsonObject = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class CocoInfo:
    """The block ``info``. ``date_created`` is the release's, as ISO date: no clock is read here."""

    description: str
    version: str
    contributor: str = ""
    date_created: str = ""
    url: str = ""


def xywh(box: Xyxy) -> tuple[float, float, float, float]:
    """xyxy -> xywh, to the thousandth of a pixel."""
    x_min, y_min, x_max, y_max = rounded(box)
    return x_min, y_min, round(x_max - x_min, DECIMALS_PX), round(y_max - y_min, DECIMALS_PX)


@contextmanager
def coco_file(path: Path, categories: tuple[Category, ...], info: CocoInfo) -> Iterator[CocoWriter]:
    """Annotations wait in a nameless temporary file until all images are written."""
    with whole_file(path) as stream, TemporaryFile(dir=path.parent) as waiting:
        writer = CocoWriter(stream, waiting, categories)
        writer.begin(info)
        yield writer
        writer.finish()


class CocoWriter:
    """``begin``, any number of ``add``, ``finish``; see ``coco_file``."""

    def __init__(
        self, stream: IO[bytes], waiting: IO[bytes], categories: tuple[Category, ...]
    ) -> None:
        self._stream, self._waiting, self._categories = stream, waiting, categories
        self._ids = {category.code: number for number, category in enumerate(categories, start=1)}
        self._images = self._annotations = self._statements = 0

    def begin(self, info: CocoInfo) -> None:
        about: JsonObject = dict(asdict(info))
        categories: list[JsonValue] = [
            {"id": number, "name": c.code, "display_name": c.name, "supercategory": c.parent}
            for number, c in enumerate(self._categories, start=1)
        ]
        self._stream.write(b'{"info":' + _json(about) + b',"licenses":[],"categories":')
        self._stream.write(_json(categories) + b',"images":[')

    def add(self, record: ExportRecord) -> None:
        self._images += 1
        labels: list[JsonValue] = []
        for statement in record.statements:
            self._statements += 1
            if statement.box_xyxy is None:
                labels.append(self._said(statement))
            else:
                self._annotate(statement, statement.box_xyxy)
        image: JsonObject = {**_image(record.image), "id": self._images, "image_labels": labels}
        self._stream.write((b",\n" if self._images > 1 else b"\n") + _json(image))

    def _said(self, statement: ExportAnnotation) -> JsonObject:
        said: JsonObject = {
            "statement_id": self._statements,
            "label": statement.label,
            "category_id": self._ids.get(statement.label),
            "certainty": statement.certainty.value,
            "laterality": statement.laterality.value,
            "decision": statement.decided.value,
            "reader": statement.reader_key,
            "reviewed_on": statement.reviewed_on,
        }
        if statement.model_score is not None:
            said["model_score"] = statement.model_score
        if statement.comment:
            said["comment"] = statement.comment
        return said

    def _annotate(self, statement: ExportAnnotation, box: Xyxy) -> None:
        self._annotations += 1
        x, y, width, height = xywh(box)
        annotation: JsonObject = {
            **self._said(statement),
            "id": self._annotations,
            "image_id": self._images,
            "bbox": [x, y, width, height],
            "area": round(width * height, DECIMALS_PX),
            "iscrowd": 0,
        }
        self._waiting.write((b",\n" if self._annotations > 1 else b"\n") + _json(annotation))

    def finish(self) -> None:
        self._stream.write(b'\n],"annotations":[')
        self._waiting.seek(0)
        shutil.copyfileobj(self._waiting, self._stream)
        self._stream.write(b"\n]}\n")


def _image(image: ExportImage) -> JsonObject:
    return {
        "file_name": image.file_name,
        "width": image.width_px,
        "height": image.height_px,
        "key": image.key,
        "patient": image.patient_key,
        "age_band": image.age_band,
        "sex": image.sex.value,
        "view": image.view.value,
        "study_date": image.study_date,
        "split": image.split.value,
    }


def _json(value: JsonValue) -> bytes:
    """ASCII, keys sorted, no space: the same value gives the same bytes. Refuses NaN."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")
