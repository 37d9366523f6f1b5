"""A sealed release of this application, unpacked: images.csv, findings.csv, images/, manifest.json.

A release never concludes the absence of a finding: a label is absent where a reader states "no
finding", or where the configuration takes a completed read for one (``blank`` = "negative").
Findings that a reader calls POSSIBLE are in doubt.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

from inference.networks.files import JsonObject, JsonValue
from inference.predict.labels import VOCABULARY
from inference.training.config import DataConfig
from inference.training.errors import DataRefused
from inference.training.label_maps import LabelMap, map_labels
from inference.training.records import Dataset, Record
from inference.training.rows import Row, read_rows, sha256_of_files
from inference.training.statements import Statement, truth_of

MANIFEST, IMAGES, FINDINGS = "manifest.json", "images.csv", "findings.csv"
NO_FINDING_CODE = "no_finding"
PARTS = {"": "", "train": "train", "val": "validation", "test": "test"}
_CORNERS = ("x_min", "y_min", "x_max", "y_max")
_GUARD = "'"  # stands before a text that a spreadsheet would run


def load_release(folder: Path, config: DataConfig) -> Dataset:
    """Raises DataRefused where a file is missing, altered or not of the release."""
    name = _check_seal(folder)
    statements: dict[str, list[Statement]] = {}
    healthy: set[str] = set()
    columns = ("image", "label", "certainty", *_CORNERS, "reader")
    for row in read_rows(folder / FINDINGS, columns):
        if row.text("label") == NO_FINDING_CODE:
            healthy.add(_text(row, "image"))
        else:
            statements.setdefault(_text(row, "image"), []).append(_statement(row))
    labels = map_labels((term.code for term in VOCABULARY), config.label_set)
    records = []
    rows = read_rows(folder / IMAGES, ("image", "file_name", "patient", "split"))
    for row in rows:
        image = _text(row, "image")
        exhaustive = image in healthy or config.blank == "negative"
        said = statements.pop(image, [])
        if not said and image not in healthy:
            raise row.refused("nobody states anything of this image")
        records.append(_record(row, said, labels=labels, config=config, exhaustive=exhaustive))
    if statements:
        raise DataRefused(f"{FINDINGS} tells of the unknown image {min(statements)}.")
    boxed = {label for record in records for label, _ in record.boxes}
    return Dataset(
        name,
        labels.labels,
        tuple(label for label in labels.labels if label in boxed),
        tuple(records),
        folder,
        sha256_of_files(folder / MANIFEST),
        label_set=config.label_set,
        left_out=tuple(sorted(Counter(labels.dropped).items())),
    )


def _text(row: Row, column: str) -> str:
    return row.text(column).removeprefix(_GUARD)


def _statement(row: Row) -> Statement:
    code = row.text("label")
    if code not in {term.code for term in VOCABULARY}:
        raise row.refused(f"the vocabulary has no term {code!r}")
    box = row.box(_CORNERS) if row.maybe("x_min") else None
    return Statement(code, _text(row, "reader"), box, row.text("certainty") == "POSSIBLE")


def _record(
    row: Row, said: list[Statement], *, labels: LabelMap, config: DataConfig, exhaustive: bool
) -> Record:
    if row.maybe("split") not in PARTS:
        raise row.refused(f"the split {row.maybe('split')} is none of train, val and test")
    truth = truth_of(said, labels, config, exhaustive=exhaustive)
    return Record(
        image=_text(row, "file_name"),
        patient_id=_text(row, "patient"),
        labels=truth.labels,
        known=truth.known,
        boxes=truth.boxes,
        readers=truth.readers,
        uncertain=truth.uncertain,
        part=PARTS[row.maybe("split")],
        age_years=_middle_of(row.maybe("age_band")),
        sex=row.maybe("sex"),
        view=row.maybe("view"),
    )


def _middle_of(band: str) -> float | None:
    """57.5 of "55-59" (whose last year is lived in full), 90 of "90+"."""
    low, _, high = band.removesuffix("+").partition("-")
    if not low.isdigit():
        return None
    return (float(low) + float(high) + 1) / 2 if high.isdigit() else float(low)


def _check_seal(folder: Path) -> str:
    """The release's name and number, once every listed file has its size and SHA-256."""
    try:
        manifest: JsonValue = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataRefused(f"{MANIFEST} cannot be read: {error}") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), list):
        raise DataRefused(f"{MANIFEST} is not that of a release.")
    listed = {}
    for entry in _listed(manifest):
        listed[str(entry.get("name"))] = str(entry.get("sha256"))
    for needed in (IMAGES, FINDINGS):
        if needed not in listed:
            raise DataRefused(f"{MANIFEST} does not list {needed}.")
    for name, sha256 in listed.items():
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise DataRefused(f"{MANIFEST} lists {name}, which lies outside the release.")
        if _sha256(folder / name) != sha256:
            raise DataRefused(f"{name} is not the file that the release was sealed with.")
    return f"release {manifest.get('release')} {manifest.get('number')}"


def _listed(manifest: JsonObject) -> list[JsonObject]:
    files = manifest["files"]
    return [item for item in files if isinstance(item, dict)] if isinstance(files, list) else []


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataRefused(f"{path.name} of the release cannot be read.") from error
