"""A release's archive, fetched, checked by hash and laid out as files for a training."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from pathlib import Path

from annotations.releases.errors import ConsentWithdrawn
from annotations.releases.selectors import consent_is_withdrawn
from annotations.retraining.errors import ReleaseUnfit
from annotations.retraining.selectors import release_named
from cxrportal.common.storage import opened
from inference.models import PromotionCheck, TrainingRun

CHUNK_BYTES = 1 << 20


def release_unpack(work: TrainingRun | PromotionCheck, folder: Path) -> None:
    """The files of the work's release in ``folder``, whole or not at all.

    Raises ConsentWithdrawn, also where the files lie there already; ReleaseUnfit for an archive
    that is not the one that was sealed; StorageUnavailable.
    """
    release = release_named(work.release)
    if consent_is_withdrawn(release):
        raise ConsentWithdrawn
    if folder.exists():
        return
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with tempfile.TemporaryFile(dir=part.parent) as archive, opened(work.release_key) as stored:
        digest = hashlib.sha256()
        while block := stored.read(CHUNK_BYTES):
            digest.update(block)
            archive.write(block)
        if digest.hexdigest() != work.release_sha256:
            raise ReleaseUnfit(f"The archive of {work.release} is not the one that was sealed.")
        with zipfile.ZipFile(archive) as members:
            members.extractall(part)  # the archive is ours: its hash was checked above
    part.rename(folder)
