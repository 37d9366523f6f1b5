"""Data sets on the disk, of phantoms."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import cv2
import numpy as np

from annotations.importing.options import ImportOptions
from annotations.importing.services.request import ImportRequest, dataset_import_request
from annotations.importing.services.run import dataset_import_run
from annotations.imports.types import Format
from annotations.models import DatasetImport
from cxrportal.accounts.models import Department, User
from inference.phantoms.generator import make_phantom

SIDE = 256


def png(seed: int) -> bytes:
    """A phantom of 256 x 256 px, 8 bits."""
    pixels = make_phantom(seed, size_px=(SIDE, SIDE)).image
    return cv2.imencode(".png", (pixels >> 4).astype(np.uint8))[1].tobytes()


def coco_files(images: int = 2) -> dict[str, bytes]:
    """Image n (from 1) is p<n>.png with a nodule at 10 n; the last one has no annotation."""
    said = {
        "categories": [{"id": 1, "name": "Nodule"}, {"id": 2, "name": "Alien"}],
        "images": [
            {"id": n, "file_name": f"p{n}.png", "width": SIDE, "height": SIDE}
            for n in range(1, images + 1)
        ],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1, "bbox": [10 * n, 20, 30, 40]}
            for n in range(1, images)
        ],
    }
    files = {f"images/p{n}.png": png(n) for n in range(1, images + 1)}
    return {"annotations.json": json.dumps(said).encode(), **files}


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def on_disk(files: dict[str, bytes], folder: Path) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def bring_in(
    actor: User,
    department: Department,
    archive: bytes,
    *,
    dry_run: bool = False,
    wanted: Format | None = None,
    options: ImportOptions | None = None,
) -> DatasetImport:
    """Ask for an import under the name "demo-set" and run it to its end."""
    request = ImportRequest(
        actor=actor,
        department=department,
        source="demo-set",
        format=wanted,
        dry_run=dry_run,
        options=options or ImportOptions(),
    )
    job = dataset_import_request(
        request, archive=io.BytesIO(archive), file_name="set.zip", size_bytes=len(archive)
    )
    dataset_import_run(import_id=job.pk)
    job.refresh_from_db()
    return job
