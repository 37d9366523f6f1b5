"""Checkpoints below MODEL_DIR: each in a folder named by its hash, whole or not there at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from inference.networks.errors import ModelHashMismatch, ModelMissing
from inference.networks.files import checkpoint_sha256


def store_folder(sha256: str) -> Path:
    """Where a checkpoint of this identity lies, or would lie."""
    return Path(settings.MODEL_DIR).resolve() / sha256[:16]


def store_holds(sha256: str) -> bool:
    """Whether the files there are what the folder's name says."""
    try:
        return checkpoint_sha256(store_folder(sha256)) == sha256
    except ModelMissing:
        return False


def store_put(fill: Callable[[Path], object], *, sha256: str = "") -> Path:
    """The folder of the checkpoint that ``fill`` writes into the empty folder it is given.

    Raises what ``fill`` raises, ModelMissing, or ModelHashMismatch where it is not ``sha256``.
    """
    store = Path(settings.MODEL_DIR)
    store.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".arriving-", dir=store))
    try:
        fill(part)
        found = checkpoint_sha256(part)
        if sha256 and found != sha256:
            raise ModelHashMismatch(
                f"{sha256[:12]} was asked for, but the files there are {found[:12]}."
            )
        if not store_holds(found):
            part.chmod(0o755)
            # What lies there is not what its name says.
            shutil.rmtree(store_folder(found), ignore_errors=True)
            part.rename(store_folder(found))
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return store_folder(found)
