"""Small folders of files and the plans of their extraction."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from cases.dicom.extraction.run import Plan, Summary, run_extraction
from cases.dicom.extraction.types import Wanted
from tests.cases.dicom.factories import SOP_INSTANCE_UID, chest_pixels

PIXELS = chest_pixels(64, 48)


def uid(number: int) -> str:
    return f"{SOP_INSTANCE_UID}.{number}"


def plan_of(folder: Path, wanted: Wanted, **changes: object) -> Plan:
    plan = Plan(
        sources=(folder / "in",),
        wanted=wanted,
        errors_csv=folder / "errors.csv",
        metadata_csv=folder / "metadata.csv" if wanted.metadata else None,
        pixels_h5=folder / "pixels.h5" if wanted.pixels else None,
        features_csv=folder / "features.csv" if wanted.features else None,
        png_dir=folder / "png" if wanted.png else None,
        with_identity=True,
    )
    return replace(plan, **changes)


def run(plan: Plan) -> Summary:
    return run_extraction(plan, lambda outcome: None)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
