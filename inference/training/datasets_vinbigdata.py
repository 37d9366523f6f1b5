"""VinBigData: ``train.csv``, a row a reader's box, with the images in any of the usual forms.

The release names no patients: each image counts as a patient of its own unless the table has a
column ``patient_id``. Source: Nguyen et al., VinDr-CXR, Scientific Data 9, 2022.
"""

from __future__ import annotations

from pathlib import Path

from inference.predict.labels import VINDR14
from inference.predict.types import Box
from inference.training.config import DataConfig
from inference.training.errors import DataRefused
from inference.training.image_index import index_images
from inference.training.images import stored_shape
from inference.training.label_maps import LabelMap, map_labels
from inference.training.records import Dataset, Record
from inference.training.rows import Row, read_rows, sha256_of_files
from inference.training.statements import Statement, truth_of

TABLE = "train.csv"
NO_FINDING_ID = len(VINDR14)
_CORNERS = ("x_min", "y_min", "x_max", "y_max")
_COLUMNS = ("image_id", "class_name", "class_id", "rad_id", *_CORNERS)
Scale = tuple[float, float]


def load_vinbigdata(folder: Path, config: DataConfig) -> Dataset:
    """Every row is a statement of the reader ``rad_id``; class 14 is "No finding", without a box.

    A finding without a box, as this application's releases have them, is one of the whole image.
    Boxes are in pixels of the original image; where the images were resized, ``sizes_csv`` (columns
    image_id, dim0 rows, dim1 columns) says from what. Raises DataRefused.
    """
    table = folder / (config.annotations or TABLE)
    by_image: dict[str, list[Row]] = {}
    for row in read_rows(table, _COLUMNS):
        by_image.setdefault(row.text("image_id"), []).append(row)
    places = index_images(folder, (config.images, "train"))
    sizes = _sizes(folder / config.sizes_csv) if config.sizes_csv else {}
    labels = map_labels(VINDR14, config.label_set)
    records = []
    for name, rows in by_image.items():
        if name not in places:
            raise rows[0].refused(f"there is no image {name}")
        scale = _scale(rows[0], folder / places[name], sizes) if sizes else (1.0, 1.0)
        records.append(_record(places[name], rows, scale, labels=labels, config=config))
    boxed = {labels.targets[label] for label in VINDR14 if label in labels.targets}
    return Dataset(
        "VinBigData",
        labels.labels,
        tuple(label for label in labels.labels if label in boxed),
        tuple(records),
        folder,
        sha256_of_files(table, folder / config.sizes_csv),
        label_set=config.label_set or "vindr14",
        left_out=tuple(sorted(labels.dropped.items())),
    )


def _record(
    place: str, rows: list[Row], scale: Scale, *, labels: LabelMap, config: DataConfig
) -> Record:
    patients = {row.maybe("patient_id") or row.text("image_id") for row in rows}
    if len(patients) > 1:
        raise rows[0].refused("the image belongs to several patients")
    statements = [said for row in rows if (said := _statement(row, scale))]
    truth = truth_of(statements, labels, config, exhaustive=True)
    return Record(
        image=place,
        patient_id=patients.pop(),
        labels=truth.labels,
        known=truth.known,
        boxes=truth.boxes,
        readers=truth.readers,
        uncertain=truth.uncertain,
    )


def _statement(row: Row, scale: Scale) -> Statement | None:
    number = row.number_in("class_id")
    if number == NO_FINDING_ID:
        return None
    if not (0 <= number < NO_FINDING_ID and number.is_integer()):
        raise row.refused(f"class_id = {number:g} is none of 0 to {NO_FINDING_ID}")
    label = VINDR14[int(number)]
    if row.text("class_name") != label:
        raise row.refused(f"class {number:g} is {label}, not {row.text('class_name')}")
    reader = row.text("rad_id")
    if not any(row.maybe(column) for column in _CORNERS):
        return Statement(label, reader)
    box = row.box(_CORNERS)
    y, x = scale
    return Statement(label, reader, Box(box.x_min * x, box.y_min * y, box.x_max * x, box.y_max * y))


def _sizes(path: Path) -> dict[str, tuple[float, float]]:
    rows = read_rows(path, ("image_id", "dim0", "dim1"))
    return {row.text("image_id"): (row.number_in("dim0"), row.number_in("dim1")) for row in rows}


def _scale(row: Row, image: Path, sizes: dict[str, tuple[float, float]]) -> Scale:
    """Stored / original, (rows, columns)."""
    name = row.text("image_id")
    if name not in sizes or min(sizes[name]) < 1:
        raise DataRefused(f"The sizes do not tell the original size of {name}.")
    stored = stored_shape(image)
    return stored[0] / sizes[name][0], stored[1] / sizes[name][1]
