"""ChestX-ray14: the official files, or a folder with the short form of them.

Short: ``labels.csv`` (image, patient_id, labels joined by "|") and ``boxes.csv`` (image, label,
x_min_px, y_min_px, x_max_px, y_max_px). Official: ``Data_Entry_2017*.csv`` and
``BBox_List_2017.csv``, whose boxes are x, y, w, h and whose Infiltration is written "Infiltrate".
Source: Wang et al., ChestX-ray8, CVPR 2017.
"""

from __future__ import annotations

from pathlib import Path

from inference.predict.labels import CHESTXRAY14, CHESTXRAY14_BOXED
from inference.predict.types import Box
from inference.training.config import DataConfig
from inference.training.errors import DataRefused
from inference.training.records import NO_FINDING, Dataset, Record
from inference.training.rows import Row, read_rows, sha256_of_files

OFFICIAL_LABELS = "Data_Entry_2017*.csv"
OFFICIAL_BOXES = "BBox_List_2017.csv"
_CORNERS = ("x_min_px", "y_min_px", "x_max_px", "y_max_px")
_OFFICIAL_CORNERS = ("Bbox [x", "y", "w", "h]")
_OFFICIAL_COLUMNS = ("Image Index", "Finding Labels", "Patient ID")
_WRITTEN_OTHERWISE = {"Infiltrate": "Infiltration"}

Boxes = dict[str, list[tuple[str, Box]]]


def load_chestxray14(folder: Path, config: DataConfig) -> Dataset:
    """Raises DataRefused for missing files, unknown labels, repeated images and bad boxes.

    The official files are read where the folder has no ``labels_csv`` but one of them.
    """
    official = sorted(folder.glob(OFFICIAL_LABELS))
    if official and not (folder / config.labels_csv).exists():
        return _load_official(folder, official, config)
    labels_csv, boxes_csv = folder / config.labels_csv, folder / config.boxes_csv
    boxes: Boxes = {}
    for row in read_rows(boxes_csv, ("image", "label", *_CORNERS)):
        _add_box(boxes, row, row.text("image"), row.text("label"), row.box(_CORNERS))
    soft = _read_soft(folder / config.soft_targets_csv) if config.soft_targets_csv else {}
    records = []
    for row in read_rows(labels_csv, ("image", "patient_id", "labels")):
        name = row.text("image")
        records.append(
            Record(
                image=f"{config.images}/{name}",
                patient_id=row.text("patient_id"),
                labels=_labels(row, row.maybe("labels")),
                known=frozenset(CHESTXRAY14),
                boxes=tuple(boxes.get(name, ())),
                soft=soft.get(name, ()),
                age_years=row.age("age_years"),
                sex=row.maybe("sex"),
                view=row.maybe("view_position"),
            )
        )
    return _dataset(records, folder, sha256_of_files(labels_csv, boxes_csv))


def _load_official(folder: Path, found: list[Path], config: DataConfig) -> Dataset:
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise DataRefused(f"Several label files, which one is not clear: {names}.")
    boxes_csv = folder / OFFICIAL_BOXES
    boxes: Boxes = {}
    columns = ("Image Index", "Finding Label", *_OFFICIAL_CORNERS)
    for row in read_rows(boxes_csv, columns) if boxes_csv.exists() else []:
        _add_box(boxes, row, row.text("Image Index"), row.text("Finding Label"), _from_xywh(row))
    places = _places(folder, config.images)
    records = []
    for row in read_rows(found[0], _OFFICIAL_COLUMNS):
        name = row.text("Image Index")
        if name not in places:
            raise row.refused(f"the image {name} is in no image folder")
        records.append(
            Record(
                image=places[name],
                patient_id=row.text("Patient ID"),
                labels=_labels(row, row.text("Finding Labels")),
                known=frozenset(CHESTXRAY14),
                boxes=tuple(boxes.get(name, ())),
                age_years=row.age("Patient Age"),
                sex=row.maybe("Patient Gender") or row.maybe("Patient Sex"),
                view=row.maybe("View Position"),
            )
        )
    return _dataset(records, folder, sha256_of_files(found[0], boxes_csv))


def _dataset(records: list[Record], folder: Path, sha256: str) -> Dataset:
    seen: set[str] = set()
    for record in records:
        if record.image in seen:
            raise DataRefused(f"{Path(record.image).name} stands twice in the labels.")
        seen.add(record.image)
    return Dataset(
        "ChestX-ray14",
        CHESTXRAY14,
        CHESTXRAY14_BOXED,
        tuple(records),
        folder,
        sha256,
        label_set="chestxray14",
    )


def _labels(row: Row, joined: str) -> frozenset[str]:
    labels = frozenset(label.strip() for label in joined.split("|")) - {NO_FINDING, ""}
    labels = frozenset(_WRITTEN_OTHERWISE.get(label, label) for label in labels)
    unknown = labels - set(CHESTXRAY14)
    if unknown:
        raise row.refused(f"unknown labels: {', '.join(sorted(unknown))}")
    return labels


def _add_box(boxes: Boxes, row: Row, image: str, label: str, box: Box) -> None:
    label = _WRITTEN_OTHERWISE.get(label, label)
    if label not in CHESTXRAY14_BOXED:
        raise row.refused(f"a box of the unknown label {label}")
    boxes.setdefault(image, []).append((label, box))


def _from_xywh(row: Row) -> Box:
    x, y, width, height = (row.number_in(column) for column in _OFFICIAL_CORNERS)
    if width <= 0 or height <= 0:
        raise row.refused("the box is empty")
    return Box(x, y, x + width, y + height)


def _places(folder: Path, images: str) -> dict[str, str]:
    """File name -> name below the folder: ``images/`` or the archives' ``images_001/images/``."""
    folders = [folder / images, *sorted(folder.glob(f"{images}_*/{images}"))]
    return {
        path.name: path.relative_to(folder).as_posix()
        for place in folders
        if place.is_dir()
        for path in place.iterdir()
    }


def _read_soft(path: Path) -> dict[str, tuple[float, ...]]:
    rows = read_rows(path, ("image", *CHESTXRAY14))
    return {row.text("image"): tuple(row.number_in(label) for label in CHESTXRAY14) for row in rows}
