"""Small hand-made releases, and a patient whose identity is planted wherever text can stand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from annotations.exports.coco import CocoInfo
from annotations.exports.deidentify import Deidentifier, Policy, SourceImage, SourceStatement
from annotations.exports.manifest import Counts
from annotations.exports.pictures import write_picture
from annotations.exports.tables import write_tables
from annotations.exports.types import (
    NO_FINDING,
    Category,
    ExportAnnotation,
    ExportImage,
    ExportRecord,
    Split,
)

CATEGORIES = (
    Category("effusion", "Pleural effusion"),
    Category("mass", "Mass", parent="nodule_or_mass"),
    Category("nodule", "Nodule", parent="nodule_or_mass"),
)
INFO = CocoInfo("Test release", "chest@1", date_created="2025-06-01")
KEY = bytes(range(32))
PLANTED = (
    "Nguyễn Thị Ánh",
    "MRN-0012345",
    "20250304123",
    "1.2.840.99999.1.2.3",
    "Dr. Ségolène Müller",
    "chest_of_Smith.dcm",
    "o'Leary",
)


def image(key: str = "i1", **changes: object) -> ExportImage:
    fields: dict[str, object] = {
        "key": key,
        "file_name": f"images/{key}.png",
        "width_px": 40,
        "height_px": 30,
        "patient_key": f"p-{key}",
        "split": Split.TRAIN,
    }
    return ExportImage(**{**fields, **changes})  # type: ignore[arg-type]


def says(label: str, key: str = "i1", **changes: object) -> ExportAnnotation:
    fields: dict[str, object] = {"image_key": key, "label": label, "reader_key": "r1"}
    return ExportAnnotation(**{**fields, **changes})  # type: ignore[arg-type]


def three_images() -> tuple[ExportRecord, ...]:
    """A nodule with a box and an effusion without; a negative; a mass with a box."""
    nodule = says("nodule", box_xyxy=(1.0, 2.0, 11.5, 22.25), model_score=0.75)
    return (
        ExportRecord(image("i1"), (nodule, says("effusion"))),
        ExportRecord(image("i2"), (says(NO_FINDING, "i2"),)),
        ExportRecord(image("i3"), (says("mass", "i3", box_xyxy=(0.0, 0.0, 40.0, 30.0)),)),
    )


def write(folder: Path, records: tuple[ExportRecord, ...] | None = None) -> Counts:
    """The tables, and a picture for each image."""
    records = three_images() if records is None else records
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "images").mkdir(exist_ok=True)
    for record in records:
        size = (record.image.height_px, record.image.width_px)
        pixels = (np.arange(size[0] * size[1]) % 251).astype(np.uint8).reshape(size)
        write_picture(pixels, folder / record.image.file_name)
    return write_tables(records, folder, categories=CATEGORIES, info=INFO)


def planted_record(policy: Policy | None = None) -> ExportRecord:
    """Identity in every field that is a text."""
    name, mrn, accession, uid, reader, file, other = PLANTED
    source = SourceImage(
        image_id=f"{uid} {file}",
        patient_id=f"{mrn} {name}",
        width_px=40,
        height_px=30,
        age_years=57,
        sex=name,
        view=f"PA {accession}",
        study_date=date(2025, 3, 4),
    )
    statement = SourceStatement(
        label="nodule",
        reader_id=reader,
        reviewed_on=date(2025, 3, 5),
        decided="ACCEPTED",
        certainty="PROBABLE",
        laterality="L",
        box_xyxy=(1.0, 2.0, 3.0, 4.0),
        comment=f"Spoke to {other}, {name}, {mrn}, {accession}",
    )
    return Deidentifier(KEY, policy).record(source, (statement,))
