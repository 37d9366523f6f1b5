"""A release's archive, fetched, checked by hash and laid out as files for a training."""

from __future__ import annotations

import shutil
from pathlib import Path

from annotations.releases.errors import ArchiveAltered, ConsentWithdrawn
from annotations.releases.selectors import consent_is_withdrawn
from annotations.releases.services.unpack import archive_unpack
from annotations.retraining.errors import ReleaseUnfit
from annotations.retraining.selectors import release_named
from inference.models import PromotionCheck, TrainingRun


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
    try:
        archive_unpack(work.release_key, work.release_sha256, part)
    except ArchiveAltered as error:
        message = f"The archive of {work.release} is not the one that was sealed."
        raise ReleaseUnfit(message) from error
    part.rename(folder)
