"""Extractions made and read back."""

from __future__ import annotations

import io
import zipfile

from annotations.extracting.options import ExtractionOptions
from annotations.extracting.services.request import extraction_request
from annotations.extracting.services.run import extraction_run
from annotations.models import Extraction, Release
from cxrportal.accounts.models import User
from cxrportal.common.storage import read_bytes

EVERYTHING = {"metadata": "on", "pixels": "on", "features": "on", "png": "on", "bits": "8"}
METADATA = ExtractionOptions(metadata=True)


def extracted(
    release: Release, researcher: User, options: ExtractionOptions = METADATA
) -> Extraction:
    extraction = extraction_request(release=release, options=options, actor=researcher)
    extraction_run(extraction_id=extraction.pk)
    extraction.refresh_from_db()
    return extraction


def files_of(extraction: Extraction) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(read_bytes(extraction.archive_key))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
