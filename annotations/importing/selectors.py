"""Which imports are due."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from annotations.models import DatasetImport


def imports_to_run(case_id: UUID | None) -> Any:
    """Imports of a stored archive that are due. One of a folder runs in the command that asked."""
    if case_id:
        return DatasetImport.objects.none()
    return DatasetImport.objects.due().exclude(archive_key="")
