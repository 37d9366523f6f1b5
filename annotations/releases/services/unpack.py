"""A sealed archive, fetched, checked by its hash and laid out as files."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from pathlib import Path

from annotations.releases.errors import ArchiveAltered
from cxrportal.common.storage import opened

CHUNK_BYTES = 1 << 20


def archive_unpack(key: str, sha256: str, folder: Path, *, below: str = "") -> None:
    """The members whose names begin with ``below``, in ``folder``, which must exist.

    Raises ArchiveAltered for one that is not what was sealed; StorageUnavailable.
    """
    with tempfile.TemporaryFile(dir=folder.parent) as archive, opened(key) as stored:
        digest = hashlib.sha256()
        while block := stored.read(CHUNK_BYTES):
            digest.update(block)
            archive.write(block)
        if digest.hexdigest() != sha256:
            raise ArchiveAltered
        with zipfile.ZipFile(archive) as members:  # ours: its hash was checked above
            names = [name for name in members.namelist() if name.startswith(below)]
            members.extractall(folder, names)
