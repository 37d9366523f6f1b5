"""The logo of a department's letterhead: checked like any upload, stored by its hash."""

from __future__ import annotations

import hashlib
import tempfile
from io import BytesIO
from pathlib import Path

import cv2
from django.conf import settings
from django.db import transaction

from annotations.models import Letterhead
from cases.dicom import sandbox
from cases.dicom.errors import NotAnImage
from cases.dicom.reader import kind_of
from cases.dicom.types import FileKind
from cases.services.ingest import decode_limits
from cxrportal.common.storage import put_durable

MAX_LOGO_BYTES = 1024 * 1024
LONGEST_PX = 800


def logo_made(data: bytes) -> bytes:
    """A PNG in grey of at most 800 px a side from a PNG or JPEG. Raises FileRefused.

    The file is decoded in the sandbox; what is stored are pixels that this program wrote itself.
    """
    if kind_of(data[:300]) not in (FileKind.PNG, FileKind.JPEG):
        raise NotAnImage("A logo is a PNG or a JPEG.")
    with tempfile.TemporaryDirectory(prefix="logo-", dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder, "logo")
        path.write_bytes(data)
        files = sandbox.render(path, Path(folder), decode_limits())
        grey = cv2.imread(str(files.display), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise NotAnImage
    scale = min(1.0, LONGEST_PX / max(grey.shape))
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    done, png = cv2.imencode(".png", cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    if not done:
        raise NotAnImage
    return bytes(png)


def letterhead_set_logo(*, letterhead: Letterhead, png: bytes | None) -> Letterhead:
    """Store and name the logo, or none. Old files stay: signed reports hold their hash."""
    key = digest = ""
    if png:
        digest = hashlib.sha256(png).hexdigest()
        key = f"logos/{digest}.png"
        put_durable(key, BytesIO(png))
    with transaction.atomic():
        Letterhead.objects.filter(pk=letterhead.pk).update(logo_key=key, logo_sha256=digest)
    letterhead.logo_key, letterhead.logo_sha256 = key, digest
    return letterhead
