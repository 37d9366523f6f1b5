"""From the stored original to pixels, display picture and thumbnail."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from cases.dicom import sandbox
from cases.dicom.types import Limits, RenderedFiles
from cases.models import Case, Image
from cases.selectors import case_is_ingested
from cases.services.burned_in import text_check_make
from cases.workflow import advance
from cxrportal.common.errors import PortalError
from cxrportal.common.leases import LeaseLost, exhausted, held_lease
from cxrportal.common.storage import opened, put_durable


def decode_limits() -> Limits:
    """The limits of one decoding child, from the settings."""
    return Limits(
        max_file_bytes=settings.MAX_UPLOAD_BYTES,
        memory_bytes=settings.DECODE_MEMORY_BYTES,
        cpu_s=settings.DECODE_TIME_S,
        wall_s=settings.DECODE_TIME_S,
        max_archive_bytes=settings.MAX_UPLOAD_BYTES * 4,
    )


def image_ingest(*, image_id: UUID) -> None:
    """Prepare one image and let its case move on. Safe to run twice, and after any crash."""
    token = Image.objects.all().claim(image_id)
    if token is None:
        return
    try:
        if exhausted(Image.objects.all(), image_id, token):
            _close(image_id)
            return
        image = Image.objects.get(pk=image_id)
        with held_lease(Image.objects.all(), image_id, token):
            keys = _render(image)
            image.display_key = keys["display_key"]
            text_check_make(image=image)
        with transaction.atomic():
            Image.objects.all().finish(image_id, token, **keys)
            case_settle(case_id=image.case_id)
    except LeaseLost:
        return
    except PortalError as error:
        Image.objects.all().fail(image_id, token, error)
        _close(image_id)


def _close(image_id: UUID) -> None:
    case_settle(case_id=Image.objects.values_list("case_id", flat=True).get(pk=image_id))


def _render(image: Image) -> dict[str, str]:
    """Decode in a child process, store what came out. Returns the keys."""
    with tempfile.TemporaryDirectory(prefix="ingest-") as folder:
        original, out_dir = Path(folder, "original"), Path(folder, "out")
        out_dir.mkdir()
        with opened(image.original_key) as stored, original.open("wb") as out:
            shutil.copyfileobj(stored, out)
        files = sandbox.render(original, out_dir, decode_limits())
        return _store(image, files)


def _store(image: Image, files: RenderedFiles) -> dict[str, str]:
    stem = f"images/{image.pk}"
    parts = {
        "pixels_key": (f"{stem}/pixels.u16.gz", files.pixels),
        "display_key": (f"{stem}/display.png", files.display),
        "thumbnail_key": (f"{stem}/thumbnail.jpg", files.thumbnail),
    }
    for key, path in parts.values():
        with path.open("rb") as content:
            put_durable(key, content)
    return {field: key for field, (key, _) in parts.items()}


def case_settle(*, case_id: UUID) -> None:
    """Move the case on when its last image is prepared; tell the pipeline in any case."""
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case_id)
        ready = case.status == Case.Status.RECEIVED and case_is_ingested(case)
        advance(case_id=case_id, to=Case.Status.INGESTED if ready else case.status)


def image_retry_ingest(*, image: Image) -> None:
    """Put a failed ingest back into the queue."""
    with transaction.atomic():
        Image.objects.filter(pk=image.pk, state=Image.State.FAILED).update(
            state=Image.State.WAITING, nudged_at=None, attempts=0, code="", message=""
        )
        case = Case.objects.get(pk=image.case_id)
        advance(case_id=case.pk, to=case.status, reason="ingest_retried")
