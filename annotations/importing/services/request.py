"""Asking for an import: the archive is stored first, then the row that names it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import IO

from django.db import transaction
from django.utils import timezone

from annotations.importing.errors import ArchiveGone, ArchiveTooLarge, SourceInvalid
from annotations.importing.options import ImportOptions
from annotations.imports.types import Format
from annotations.models import DatasetImport
from cases.services.ingest import decode_limits
from cxrportal.accounts.models import Department, User
from cxrportal.accounts.permissions import CLINICIAN, require_role
from cxrportal.common.storage import put_durable

_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_CHUNK = 1 << 20
DEFAULT_OPTIONS = ImportOptions()


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """``source`` names the data set: importing it again adds only what is not there yet."""

    actor: User
    department: Department
    source: str
    format: Format | None = None
    dry_run: bool = False
    options: ImportOptions = DEFAULT_OPTIONS


def dataset_import_request(
    request: ImportRequest, *, archive: IO[bytes], file_name: str, size_bytes: int
) -> DatasetImport:
    """An import of a ZIP archive, waiting for a worker.

    Raises NotAllowed, SourceInvalid, ArchiveTooLarge, StorageUnavailable.
    """
    _check(request)
    if size_bytes > decode_limits().max_archive_bytes:
        raise ArchiveTooLarge
    digest = hashlib.sha256()
    while block := archive.read(_CHUNK):
        digest.update(block)
    archive.seek(0)
    key = f"imports/{request.department.pk}/{digest.hexdigest()}.zip"
    put_durable(key, archive)
    return _create(request, archive_key=key, file_name=file_name[:255])


def dataset_import_of_folder(request: ImportRequest, *, file_name: str) -> DatasetImport:
    """The row of an import whose files the caller reads itself, at once.

    What a killed command left behind is closed. Raises NotAllowed, SourceInvalid.
    """
    _check(request)
    left = DatasetImport.objects.filter(
        department=request.department,
        source=request.source,
        archive_key="",
        state=DatasetImport.State.RUNNING,
        lease_until__lt=timezone.now(),
    )
    message = "The command that ran it was ended; the next one goes on."
    left.update(state=DatasetImport.State.FAILED, code="interrupted", message=message)
    return _create(request, archive_key="", file_name=file_name[:255])


def dataset_import_start(*, dry_run: DatasetImport, actor: User) -> DatasetImport:
    """Import for good what a dry run looked at. Raises NotAllowed, ArchiveGone."""
    require_role(actor, CLINICIAN, dry_run.department_id)
    if not dry_run.dry_run or not dry_run.archive_key:
        raise ArchiveGone
    return DatasetImport.objects.create(
        department=dry_run.department,
        source=dry_run.source,
        format=dry_run.format,
        options=dry_run.options,
        archive_key=dry_run.archive_key,
        file_name=dry_run.file_name,
        created_by=actor,
    )


def _check(request: ImportRequest) -> None:
    require_role(request.actor, CLINICIAN, request.department.pk)
    if not _SOURCE.fullmatch(request.source):
        raise SourceInvalid


def _create(request: ImportRequest, *, archive_key: str, file_name: str) -> DatasetImport:
    with transaction.atomic():
        return DatasetImport.objects.create(
            department=request.department,
            source=request.source,
            format=request.format.value if request.format else "",
            options=request.options.as_json(),
            dry_run=request.dry_run,
            archive_key=archive_key,
            file_name=file_name,
            created_by=request.actor,
        )
