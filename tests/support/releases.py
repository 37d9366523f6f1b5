"""Sealed releases of small drawn pictures, stored as the builder stores them; no case behind."""

from __future__ import annotations

import json
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset

from annotations.exports.archive import write_archive
from annotations.exports.coco import CocoInfo
from annotations.exports.manifest import (
    KeyFate,
    Manifest,
    file_entries,
    manifest_bytes,
    write_manifest,
)
from annotations.exports.tables import write_tables
from annotations.exports.types import (
    NO_FINDING,
    ExportAnnotation,
    ExportImage,
    ExportRecord,
    Sex,
    Split,
    View,
)
from annotations.models import Release
from annotations.releases.filters import Images
from annotations.releases.formats import CATEGORIES
from annotations.releases.pixels import SUFFIXES
from cases.dicom.extraction.dicom_writer import SECONDARY_CAPTURE, dicom_content
from cases.dicom.reader import decode
from cases.dicom.types import Limits
from cxrportal.accounts.models import Department, User
from cxrportal.common.storage import put_durable
from tests.support.people import make_patient

SIDE_PX = 64
SHARES = ((0.6, Split.TRAIN), (0.8, Split.VAL), (1.01, Split.TEST))


def write_release_folder(
    content: Path, *, name: str = "tiny", patients: int = 40, images: Images = Images.PNG8
) -> Manifest:
    """One picture a patient, every other one with a bright heart and its box; 60/20/20 parts.

    The pictures and pseudonyms follow the name.
    """
    (content / "images").mkdir(parents=True)
    records = [_record(content, number, patients, name, images) for number in range(patients)]
    info = CocoInfo(description="drawn", version=name, date_created="2026-01-01")
    counts = write_tables(iter(records), content, categories=CATEGORIES, info=info)
    manifest = Manifest(
        release=name,
        number=1,
        made_at="2026-01-01T00:00:00+00:00",
        made_by="R1",
        code_version="test",
        models=(),
        filters={},
        deidentification={},
        key=KeyFate.DESTROYED,
        counts=counts,
        files=file_entries(content),
        splits={"parts": _parts(records), "patients_in_two_splits": 0},
    )
    write_manifest(manifest, content)
    return manifest


def make_sealed_release(
    department: Department,
    researcher: User,
    *,
    name: str = "tiny",
    patients: int = 40,
    images: Images = Images.PNG8,
) -> Release:
    """The same as a row with its archive and its patients, who all consent."""
    with tempfile.TemporaryDirectory() as place:
        manifest = write_release_folder(
            Path(place, "release"), name=name, patients=patients, images=images
        )
        archive = write_archive(Path(place, "release"), Path(place, "release.zip"))
        key = f"releases/{name}/{archive.sha256}.zip"
        put_durable(key, BytesIO(archive.path.read_bytes()))
    release = Release.objects.create(
        name=name,
        number=1,
        created_by=researcher,
        state="DONE",
        archive_key=key,
        archive_sha256=archive.sha256,
        archive_bytes=archive.size_bytes,
        images_total=patients,
        images_done=patients,
        annotations_total=manifest.counts.statements,
        manifest=json.loads(manifest_bytes(manifest)),
    )
    release.departments.add(department)
    release.patients.set(make_patient(department, research_consent=True) for _ in range(patients))
    return release


def _parts(records: list[ExportRecord]) -> dict[str, dict[str, int]]:
    found = {str(split.value): {"patients": 0, "images": 0} for _, split in SHARES}
    for record in records:
        part = found[record.image.split.value]
        part["patients"] += 1
        part["images"] += 1
    return found


def _record(folder: Path, number: int, of: int, name: str, images: Images) -> ExportRecord:
    random = np.random.default_rng((*name.encode(), number))
    grey = random.integers(40, 90, (SIDE_PX, SIDE_PX)).astype(np.uint8)
    ill = number % 2 == 0
    box = (16.0, 24.0, 48.0, 56.0)
    if ill:
        grey[24:56, 16:48] += 120
    key = f"I-{name}-{number:04d}"
    file_name = f"images/{key}{SUFFIXES[images]}"
    (folder / file_name).write_bytes(_content(grey, images, number))
    image = ExportImage(
        key=key,
        file_name=file_name,
        width_px=SIDE_PX,
        height_px=SIDE_PX,
        patient_key=f"P-{name}-{number:04d}",
        age_band="55-59" if number % 3 else "75-79",
        sex=Sex.FEMALE if number % 4 < 2 else Sex.MALE,
        view=View.PA,
        split=next(split for share, split in SHARES if (number * 7 % of) < share * of),
    )
    said = (
        ExportAnnotation(key, "cardiomegaly", "R1", box_xyxy=box)
        if ill
        else ExportAnnotation(key, NO_FINDING, "R1")
    )
    return ExportRecord(image, (said,))


def _content(grey: NDArray[np.uint8], images: Images, number: int) -> bytes:
    """The picture as a release of this kind holds it."""
    values = grey.astype(np.uint16) * 257 if images is Images.PNG16 else grey
    out = BytesIO()
    Image.fromarray(values).save(out, "PNG")
    if images is not Images.DICOM:
        return out.getvalue()
    header = Dataset()
    header.SOPClassUID, header.Modality = SECONDARY_CAPTURE, "OT"
    header.StudyInstanceUID = header.SeriesInstanceUID = f"2.25.{number + 1}"
    header.SOPInstanceUID = f"2.25.{number + 1}.1"
    return dicom_content(header, decode(out.getvalue(), Limits()), bytes(32))
