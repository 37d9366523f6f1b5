"""Asking for an extraction, and ending one."""

from __future__ import annotations

from uuid import UUID

from annotations.extracting.options import ExtractionOptions
from annotations.extracting.services.run import extraction_folder
from annotations.models import Extraction, Release
from annotations.releases.downloads import release_is_readable
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import RESEARCHER, require_role
from cxrportal.common.storage import delete_below


def extraction_request(*, release: Release, options: ExtractionOptions, actor: User) -> Extraction:
    """One that waits to be made.

    Raises NotAllowed, ExtractionInvalid, ReleaseNotReady, ConsentWithdrawn.
    """
    for department in release.departments.all():
        require_role(actor, RESEARCHER, department.pk)
    release_is_readable(release)
    wanted = options.checked().as_json()
    return Extraction.objects.create(release=release, options=wanted, created_by=actor)


def extraction_delete(*, extraction: Extraction) -> None:
    """Its file and its row. One that is being made ends: its worker finds no row to finish."""
    delete_below(extraction_folder(extraction.pk))
    extraction.delete()


def extraction_expire(*, extraction_id: UUID) -> None:
    """Remove a file that was kept as long as was promised; the row stays. Safe to run twice."""
    for extraction in Extraction.objects.expired().filter(pk=extraction_id):
        delete_below(extraction_folder(extraction.pk))
        Extraction.objects.filter(pk=extraction.pk).update(archive_key="")
