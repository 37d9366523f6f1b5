"""Making what was asked for of a release, with the functions of ``manage.py extract_dicom``."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from threading import Event
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from annotations.exports.archive import write_archive
from annotations.extracting.options import options_of
from annotations.models import Extraction, Release
from annotations.releases.downloads import release_is_readable
from annotations.releases.services.unpack import archive_unpack
from cases.dicom.extraction.process import extract_sealed
from cases.dicom.extraction.run import Summary
from cxrportal.common.errors import PortalError
from cxrportal.common.leases import LeaseLost, exhausted, held_lease
from cxrportal.common.scratch import attempt_folder
from cxrportal.common.storage import delete_below, put_durable

IMAGES = "images/"
ABOUT = "extraction.json"
MOST_WORKERS = 2
STEP = 10  # images between two words on how far it is


def extraction_run(*, extraction_id: UUID) -> None:
    """Safe to run twice. A killed one starts afresh: it only reads what is sealed."""
    rows = Extraction.objects.all()
    token = rows.claim(extraction_id)
    if token is None:
        return
    try:
        if exhausted(rows, extraction_id, token):
            return
        with held_lease(rows, extraction_id, token) as lost:
            made = _extracted(extraction_id, token, lost)
        rows.finish(extraction_id, token, **made)
    except LeaseLost:
        deleted = not rows.filter(pk=extraction_id).exists()
        folder = extraction_folder(extraction_id)
        delete_below(folder if deleted else _attempt(extraction_id, token))
    except PortalError as error:
        rows.fail(extraction_id, token, error)


def extraction_folder(extraction_id: UUID) -> str:
    """Where its files are stored."""
    return f"extractions/{extraction_id}"


def _attempt(extraction_id: UUID, token: UUID) -> str:
    return f"{extraction_folder(extraction_id)}/{token}"


def _extracted(extraction_id: UUID, token: UUID, lost: Event) -> dict[str, object]:
    """Raises ReleaseNotReady, ConsentWithdrawn, ArchiveAltered, ExtractionRefused, LeaseLost."""
    extraction = Extraction.objects.select_related("release").get(pk=extraction_id)
    release = extraction.release
    release_is_readable(release)
    with attempt_folder(f"extraction-{extraction_id}") as folder:
        archive_unpack(release.archive_key, release.archive_sha256, folder, below=IMAGES)
        out = folder / "out"
        out.mkdir()
        summary = _run(extraction, token, lost, folder)
        _say_what_it_is(extraction, summary, out / ABOUT)
        archive = write_archive(out, folder / "extraction.zip")
        release_is_readable(release)
        key = f"{_attempt(extraction_id, token)}/{archive.sha256}.zip"
        with archive.path.open("rb") as content:
            put_durable(key, content)
    return {
        "images_done": summary.files,
        "result": {"done": summary.done, "codes": summary.codes},
        "archive_key": key,
        "archive_sha256": archive.sha256,
        "archive_bytes": archive.size_bytes,
        "expires_at": timezone.now() + timedelta(days=settings.EXTRACTION_DAYS),
    }


def _run(extraction: Extraction, token: UUID, lost: Event, folder: Path) -> Summary:
    """Says how far it is every few images; one that was deleted or taken over ends there."""
    mine = Extraction.objects.filter(pk=extraction.pk, lease_token=token)
    images = folder / IMAGES
    done = 0
    mine.update(images_total=sum(1 for _ in images.iterdir()), images_done=0)

    def tick() -> None:
        nonlocal done
        done += 1
        if lost.is_set() or (done % STEP == 0 and not mine.update(images_done=done)):
            raise LeaseLost

    workers = min(MOST_WORKERS, os.cpu_count() or 1)
    return extract_sealed(images, folder / "out", options_of(extraction).wanted(), workers, tick)


def _say_what_it_is(extraction: Extraction, summary: Summary, path: Path) -> None:
    release: Release = extraction.release
    told = {
        "release": str(release),
        "release_sha256": release.archive_sha256,
        "options": asdict(options_of(extraction)),
        "images": {"done": summary.done, "refused": summary.codes},
        "code_version": settings.CODE_VERSION,
        "keys": "the pseudonyms of the release: column `image` of its images.csv and findings.csv",
    }
    path.write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")
