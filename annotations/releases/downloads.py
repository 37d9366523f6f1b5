"""Sending a sealed archive."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.http.response import HttpResponseBase

from annotations.models import Release
from annotations.releases.errors import ConsentWithdrawn, ReleaseNotReady
from annotations.releases.selectors import consent_is_withdrawn
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.common.storage import open_file


def release_is_readable(release: Release) -> None:
    """Raises ReleaseNotReady, ConsentWithdrawn."""
    if release.state != Release.State.DONE:
        raise ReleaseNotReady
    if consent_is_withdrawn(release):
        raise ConsentWithdrawn


def release_file(request: Any, release: Release) -> HttpResponseBase:
    """The archive, with its audit event. Raises ReleaseNotReady, ConsentWithdrawn."""
    release_is_readable(release)
    archive = open_file(release.archive_key)
    record_access(request.user, Verb.EXPORT, release, detail="downloaded", request=request)
    name = f"{release.name}-{release.number}.zip"
    response = FileResponse(archive, as_attachment=True, filename=name)
    response["ETag"] = f'"{release.archive_sha256}"'
    return response
