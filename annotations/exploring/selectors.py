"""Annotations as one table for the figures: of a sealed release, or of the database."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from annotations.exploring.errors import NothingToExplore, ReleaseUnreadable
from annotations.exports.csv_rows import FINDING_COLUMNS, IMAGE_COLUMNS
from annotations.exports.deidentify import Deidentifier, new_release_key
from annotations.exports.tables import FINDINGS_NAME, IMAGES_NAME
from annotations.exports.types import NO_FINDING, Split
from annotations.models import Exploration, Finding, Release
from annotations.releases.selectors import age_is_wanted, images_of_release, reviews_of_release
from annotations.releases.sources import source_image
from annotations.selectors import box_of
from cases.models import Image
from cxrportal.common.rows import restore
from cxrportal.common.storage import opened
from inference.eda.types import Annotations, ImageFacts, Statement, to_columns
from inference.predict.labels import VOCABULARY

NAMES = {term.code: term.name for term in VOCABULARY}
CHUNK = 500
_SIDES = ("x_min", "y_min", "x_max", "y_max")


def explorations_to_run(case_id: UUID | None) -> Any:
    """Those that are due. They belong to no case, so only the sweep starts them."""
    return Exploration.objects.none() if case_id else Exploration.objects.due()


def annotations_of_release(release: Release) -> Annotations:
    """From the sealed archive: pseudonyms, ages as the lower end of their band.

    Raises ReleaseUnreadable, StorageUnavailable.
    """
    try:
        with opened(release.archive_key) as stored, zipfile.ZipFile(stored) as archive:
            images = list(_rows(archive, IMAGES_NAME, IMAGE_COLUMNS))
            stated = list(_rows(archive, FINDINGS_NAME, FINDING_COLUMNS))
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise ReleaseUnreadable from error
    facts = {
        row["image"]: ImageFacts(
            width_px=float(row["width_px"]),
            height_px=float(row["height_px"]),
            age_years=_lower_end(row["age_band"]),
            sex=row["sex"],
            view=row["view"],
        )
        for row in images
    }
    return to_columns([_said(row) for row in stated], facts)


def _rows(
    archive: zipfile.ZipFile, name: str, columns: tuple[str, ...]
) -> Iterator[dict[str, str]]:
    with archive.open(name) as stream:
        reader = csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8", newline=""))
        if tuple(reader.fieldnames or ()) != columns:
            raise ReleaseUnreadable
        for row in reader:
            yield {column: restore(cell) for column, cell in row.items()}


def _said(row: dict[str, str]) -> Statement:
    label = "" if row["label"] == NO_FINDING else row["label_name"]
    box = None
    if row["x_min"]:
        x_min, y_min, x_max, y_max = (float(row[side]) for side in _SIDES)
        box = (x_min, y_min, x_max, y_max)
    return Statement(row["image"], label, row["reader"], box)


def _lower_end(band: str) -> float:
    low = band.partition("-")[0].rstrip("+")
    return float(low) if low else float("nan")


def annotations_of_database(exploration: Exploration) -> Annotations:
    """What the filter takes, under pseudonyms of this look alone. Raises NothingToExplore."""
    hidden = Deidentifier(new_release_key())
    reviews = reviews_of_release(exploration)
    images = images_of_release(exploration).select_related("case__patient")
    facts: dict[str, ImageFacts] = {}
    shown: set[UUID] = set()
    for image in images.iterator(chunk_size=CHUNK):
        if (known := _facts(exploration, image)) is not None:
            shown.add(image.pk)
            facts[hidden.image(str(image.pk))] = known
    if not facts:
        raise NothingToExplore
    statements: list[Statement] = []
    findings = Finding.objects.stated().filter(review__in=reviews.values("pk"))
    rows = findings.select_related("review").iterator(chunk_size=CHUNK)
    for finding in rows:
        if finding.image_id in shown and finding.review is not None:
            key, reader = hidden.image(str(finding.image_id)), _reader(hidden, finding.review)
            statements.append(Statement(key, NAMES[finding.label], reader, box_of(finding)))
    for review in reviews.filter(no_finding=True).prefetch_related("case__images"):
        for image in review.case.images.all():
            if image.pk in shown:
                key = hidden.image(str(image.pk))
                statements.append(Statement(key, "", _reader(hidden, review)))
    return to_columns(statements, facts)


def _facts(exploration: Exploration, image: Image) -> ImageFacts | None:
    """None where the age is not one that the filter takes."""
    source = source_image(image.case, image, Split.NONE)
    if not age_is_wanted(exploration, source.age_years):
        return None
    return ImageFacts(
        width_px=float(image.columns),
        height_px=float(image.rows),
        age_years=float("nan") if source.age_years is None else float(source.age_years),
        sex=source.sex,
        view=image.view_position,
    )


def _reader(hidden: Deidentifier, review: Any) -> str:
    imported = review.imported_from_id is not None
    return hidden.reader(str(review.reader_id), imported=imported)[:8]
