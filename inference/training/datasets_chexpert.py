"""CheXpert and MIMIC-CXR-JPG: a row an image, 1 present, 0 absent, -1 uncertain, blank unmentioned.

CheXpert's table has ``Path``; MIMIC's has ``subject_id`` and ``study_id``, with ``dicom_id`` in the
same table or in the one that ``metadata_csv`` names. Only frontal images are used.
Sources: Irvin et al., AAAI 2019; Johnson et al., MIMIC-CXR-JPG, arXiv:1901.07042.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from inference.training.config import DataConfig
from inference.training.errors import DataRefused
from inference.training.label_maps import LabelMap, map_labels
from inference.training.records import NO_FINDING, Dataset, Record
from inference.training.rows import Row, read_rows, sha256_of_files
from inference.training.statements import uncertain_target

TABLE = "train.csv"
CHEXPERT = (
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
)
# Devices are no finding: "No Finding" does not exclude them.
_NOT_EXCLUDED = "Support Devices"
# "Lung Lesion" is wider than the vocabulary's nodule or mass, so it has no term.
_CODES = {"Pleural Effusion": "effusion", "Lung Opacity": "lung_opacity"}
_PATIENT = re.compile(r"(?:^|/)(patient\d+)/")
_FRONTAL = ("PA", "AP", "FRONTAL")
_LEFT_OUT = "lateral or unnamed view"


def load_chexpert(folder: Path, config: DataConfig) -> Dataset:
    """``uncertain``: ignore, zeros, ones, smooth. ``blank`` "unknown" masks what is not mentioned,
    "negative" takes it as absent. A row with "No Finding" 1 has every finding absent.

    Raises DataRefused for other values and for rows whose image or patient cannot be told.
    """
    table = folder / (config.annotations or TABLE)
    rows = read_rows(table, (NO_FINDING, "Cardiomegaly", "Edema"))
    own = tuple(label for label in CHEXPERT if rows and label in rows[0].cells)
    labels = map_labels(own, config.label_set, _CODES)
    left_out: Counter[str] = Counter()
    records = []
    metadata = folder / config.metadata_csv
    for row, place, view in _images(rows, metadata if config.metadata_csv else None):
        if view and view not in _FRONTAL:
            left_out[_LEFT_OUT] += 1
            continue
        records.append(_record(row, place, view, labels=labels, config=config))
    left_out.update(labels.dropped)
    return Dataset(
        "CheXpert-style table",
        labels.labels,
        (),
        tuple(records),
        folder,
        sha256_of_files(table, metadata),
        label_set=config.label_set,
        left_out=tuple(sorted(left_out.items())),
    )


def _images(rows: list[Row], metadata: Path | None) -> Iterator[tuple[Row, str, str]]:
    """(row of labels, image below the folder, view) of every image."""
    if rows and "Path" in rows[0].cells:
        yield from ((row, _below(row), _view(row)) for row in rows)
        return
    if metadata is None:
        yield from ((row, _mimic_place(row, row), _view(row)) for row in rows)
        return
    studies = {_study(row): row for row in rows}
    columns = ("dicom_id", "subject_id", "study_id", "ViewPosition")
    for image in read_rows(metadata, columns):
        # A study without labels is left out by the authors' labeller, too.
        if _study(image) in studies:
            yield studies[_study(image)], _mimic_place(image, image), _view(image)


def _below(row: Row) -> str:
    """The published paths begin with the name of the archive: ``CheXpert-v1.0/train/...``."""
    path = row.text("Path")
    return path[path.index("/") + 1 :] if path.lower().startswith("chexpert") else path


def _view(row: Row) -> str:
    """PA or AP where told, else FRONTAL or another word; empty where the table has no views."""
    if row.maybe("Frontal/Lateral") and row.maybe("Frontal/Lateral") != "Frontal":
        return "LATERAL"
    named = row.maybe("AP/PA") or row.maybe("ViewPosition")
    if "ViewPosition" in row.cells and not named:
        return "UNNAMED"
    return named or row.maybe("Frontal/Lateral").upper()


def _study(row: Row) -> tuple[str, str]:
    return row.text("subject_id"), row.text("study_id")


def _mimic_place(row: Row, image: Row) -> str:
    for column in ("subject_id", "study_id", "dicom_id"):
        if column not in image.cells:
            raise DataRefused(f"{row.file} has neither Path nor {column}: set data.metadata_csv.")
    subject, study = _study(image)
    return f"files/p{subject[:2]}/p{subject}/s{study}/{image.text('dicom_id')}.jpg"


def _patient(row: Row) -> str:
    if "subject_id" in row.cells:
        return row.text("subject_id")
    found = _PATIENT.search(row.text("Path"))
    if found is None:
        raise row.refused("the path names no patient")
    return found.group(1)


def _record(row: Row, place: str, view: str, *, labels: LabelMap, config: DataConfig) -> Record:
    healthy = _value(row, NO_FINDING) == 1.0
    values = {label: _value(row, label) for label in CHEXPERT if label in row.cells}
    present = {label for label, value in values.items() if value == 1.0}
    absent = {
        label
        for label, value in values.items()
        if value == 0.0
        or (value is None and config.blank == "negative")
        or (value is None and healthy and label != _NOT_EXCLUDED)
    }
    in_doubt = [label for label, value in values.items() if value == -1.0]
    told = labels.tell(
        present=present,
        absent=absent,
        doubtful=dict.fromkeys(in_doubt, uncertain_target(config)),
    )
    return Record(
        image=place,
        patient_id=_patient(row),
        labels=told.labels,
        known=told.known,
        boxes=(),
        uncertain=told.uncertain,
        age_years=row.age("Age"),
        sex=row.maybe("Sex")[:1].upper(),
        view="" if view == "FRONTAL" else view,
    )


def _value(row: Row, label: str) -> float | None:
    if not row.maybe(label):
        return None
    value = row.number_in(label)
    if value not in (1.0, 0.0, -1.0):
        raise row.refused(f"{label} = {value:g} is none of 1, 0, -1 and blank")
    return value
