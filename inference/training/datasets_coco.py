"""COCO object detection: one JSON file and its images.

Beyond the standard, an image may carry ``patient``, ``split`` and ``image_labels`` (statements
about the whole image), and an annotation ``reader``: what a release of this application writes.
Source: https://cocodataset.org/#format-data.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from inference.networks.files import JsonObject, JsonValue
from inference.predict.types import Box
from inference.training.config import DataConfig
from inference.training.errors import DataRefused
from inference.training.label_maps import LabelMap, map_labels
from inference.training.records import Dataset, Record
from inference.training.rows import sha256_of_files
from inference.training.statements import Statement, truth_of

FILES = ("annotations.json", "coco.json")
PARTS = {"": "", "train": "train", "val": "validation", "validation": "validation", "test": "test"}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One object of a list of the file; ``where`` names it for complaints."""

    where: str
    table: JsonObject

    def refused(self, why: str) -> DataRefused:
        return DataRefused(f"{self.where}: {why}.")

    def text(self, key: str, *, optional: bool = False) -> str:
        value = self.table.get(key, "" if optional else None)
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise self.refused(f"{key} is missing or no text")
        return str(value)

    def numbers(self, key: str, count: int) -> list[float]:
        value = self.table.get(key)
        if not isinstance(value, list) or len(value) != count:
            raise self.refused(f"{key} is not {count} numbers")
        numbers = [float(n) for n in value if isinstance(n, (int, float))]
        if len(numbers) != count or not all(abs(n) < 1e9 for n in numbers):
            raise self.refused(f"{key} is not {count} numbers")
        return numbers


def load_coco(folder: Path, config: DataConfig) -> Dataset:
    """Boxes of a category; an image without annotations has none of the categories.

    Annotations with ``iscrowd`` outline groups and are left out. Raises DataRefused.
    """
    path = _find(folder, config.annotations)
    root = _read(path)
    categories = {
        item.text("id"): item.text("name") for item in _entries(root, "categories", path.name)
    }
    labels = map_labels(categories.values(), config.label_set)
    statements, crowds = _statements(root, categories, path.name)
    records = []
    images = _entries(root, "images", path.name)
    known = {item.text("id") for item in images}
    for stray in sorted(set(statements) - known):
        raise DataRefused(f"{path.name}: an annotation belongs to the unknown image {stray}.")
    for item in images:
        said = statements.get(item.text("id"), [])
        said += _of_image(item, categories)
        records.append(_record(folder, item, said, labels=labels, config=config))
    boxed = {label for record in records for label, _ in record.boxes}
    left_out = Counter(labels.dropped) + Counter({"iscrowd": crowds})
    return Dataset(
        "COCO",
        labels.labels,
        tuple(label for label in labels.labels if label in boxed),
        tuple(records),
        folder,
        sha256_of_files(path),
        label_set=config.label_set,
        left_out=tuple(sorted(left_out.items())),
    )


def _find(folder: Path, named: str) -> Path:
    candidates = [folder / named] if named else [folder / name for name in FILES]
    for path in candidates:
        if path.is_file():
            return path
    raise DataRefused(f"There is no {' or '.join(path.name for path in candidates)}.")


def _read(path: Path) -> JsonObject:
    try:
        root: JsonValue = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataRefused(f"{path.name} is no JSON file: {error}") from error
    if not isinstance(root, dict):
        raise DataRefused(f"{path.name} is no COCO file.")
    return root


def _entries(table: JsonObject, key: str, where: str) -> list[_Entry]:
    values = table.get(key)
    if not isinstance(values, list):
        raise DataRefused(f"{where} has no list {key}.")
    entries = []
    for number, value in enumerate(values, start=1):
        place = f"{where}, {key} {number}"
        if not isinstance(value, dict):
            raise DataRefused(f"{place} is no object.")
        entries.append(_Entry(place, value))
    return entries


def _statements(
    root: JsonObject, categories: dict[str, str], where: str
) -> tuple[dict[str, list[Statement]], int]:
    """Image id -> what is boxed on it; and how many crowds were left out."""
    found: dict[str, list[Statement]] = {}
    crowds = 0
    for item in _entries(root, "annotations", where):
        if item.table.get("iscrowd"):
            crowds += 1
            continue
        x, y, width, height = item.numbers("bbox", 4)
        if width <= 0 or height <= 0:
            raise item.refused("the box is empty")
        box = Box(x, y, x + width, y + height)
        found.setdefault(item.text("image_id"), []).append(_statement(item, categories, box))
    return found, crowds


def _statement(item: _Entry, categories: dict[str, str], box: Box | None) -> Statement:
    category = item.text("category_id")
    if category not in categories:
        raise item.refused(f"category {category} is unknown")
    return Statement(
        categories[category],
        item.text("reader", optional=True),
        box,
        doubtful=item.table.get("certainty") == "POSSIBLE",
    )


def _of_image(item: _Entry, categories: dict[str, str]) -> list[Statement]:
    """Statements about the whole image; "no finding" has no category."""
    if not item.table.get("image_labels"):
        return []
    said = _entries(item.table, "image_labels", item.where)
    return [
        _statement(entry, categories, None)
        for entry in said
        if entry.table.get("category_id") is not None
    ]


def _record(
    folder: Path, item: _Entry, said: list[Statement], *, labels: LabelMap, config: DataConfig
) -> Record:
    name = item.text("file_name")
    place = name if (folder / name).is_file() else f"{config.images}/{name}"
    if not (folder / place).is_file() or ".." in Path(name).parts:
        raise item.refused(f"there is no image {name}")
    part = item.text("split", optional=True)
    if part not in PARTS:
        raise item.refused(f"the split {part} is none of train, val and test")
    patients = (item.text(key, optional=True) for key in ("patient", "patient_id"))
    # A release states what was looked at; in plain COCO what is not boxed is not there.
    stated = "image_labels" in item.table
    exhaustive = not stated or config.blank == "negative" or _says_none(item)
    truth = truth_of(said, labels, config, exhaustive=exhaustive)
    return Record(
        image=place,
        patient_id=next((patient for patient in patients if patient), name),
        labels=truth.labels,
        known=truth.known,
        boxes=truth.boxes,
        readers=truth.readers,
        uncertain=truth.uncertain,
        part=PARTS[part],
        sex=item.text("sex", optional=True),
        view=item.text("view", optional=True),
    )


def _says_none(item: _Entry) -> bool:
    """A reader states that there is no finding."""
    said = item.table.get("image_labels")
    entries = said if isinstance(said, list) else []
    return any(isinstance(one, dict) and one.get("category_id") is None for one in entries)
