"""Sending what was extracted."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from annotations.extracting.errors import ExtractionExpired, ExtractionNotReady
from annotations.models import Extraction
from annotations.releases.downloads import release_is_readable
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.common.storage import open_file


def extraction_is_expired(extraction: Extraction) -> bool:
    """Its file is gone, or about to go."""
    over = extraction.expires_at is not None and extraction.expires_at < timezone.now()
    return extraction.state == Extraction.State.DONE and (over or not extraction.archive_key)


def extraction_file(request: Any, extraction: Extraction) -> HttpResponseBase:
    """The ZIP, with its audit event.

    Raises ReleaseNotReady, ConsentWithdrawn, ExtractionNotReady, ExtractionExpired.
    """
    release_is_readable(extraction.release)
    if extraction.state != Extraction.State.DONE:
        raise ExtractionNotReady
    if extraction_is_expired(extraction):
        raise ExtractionExpired
    archive = open_file(extraction.archive_key)
    detail = f"downloaded, of {extraction.release}"
    record_access(request.user, Verb.EXPORT, extraction, detail=detail, request=request)
    release = extraction.release
    name = f"{release.name}-{release.number}-extraction.zip"
    response = FileResponse(archive, as_attachment=True, filename=name)
    response["ETag"] = f'"{extraction.archive_sha256}"'
    return response
