"""Bring a checkpoint onto this machine, whole or not at all, and register it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from django.conf import settings

from cxrportal.common.errors import PortalError
from inference.models import ModelVersion
from inference.networks.errors import ModelMissing
from inference.networks.files import CARD, DESCRIPTION, WEIGHTS
from inference.services.download import ModelUnreachable, check_url, fetch
from inference.services.registry import model_add
from inference.services.store import store_folder, store_holds, store_put

CARD_LIMIT_BYTES = 1024 * 1024
DESCRIPTION_LIMIT_BYTES = 16 * 1024 * 1024


class ModelHashNeeded(PortalError):
    code = "model_hash_needed"
    http_status = 422
    default_message = "Name the model's SHA-256: 64 hexadecimal digits, from whoever published it."


def model_pull(*, source: str, sha256: str) -> ModelVersion:
    """Copy a checkpoint from an https address or a folder, check its identity, register it.

    ``source``: the address or path below which ``model.safetensors``, ``model.json`` and perhaps
    ``CARD.md`` lie. ``sha256``: the identity of the checkpoint (``networks.files``). The same
    again gives the same row. Raises ModelHashNeeded, ModelUrlRefused, ModelUnreachable,
    ModelTooLarge, ModelMissing, ModelHashMismatch, or as registering does.
    """
    wanted = sha256.lower()
    if not re.fullmatch(r"[0-9a-f]{64}", wanted):
        raise ModelHashNeeded
    if not store_holds(wanted):
        store_put(lambda folder: _bring(source, folder), sha256=wanted)
    return model_add(path=store_folder(wanted))


def _bring(source: str, folder: Path) -> None:
    if "://" in source:
        _download(source.rstrip("/"), folder)
    else:
        _copy(Path(source), folder)


def _download(base: str, folder: Path) -> None:
    check_url(base)
    fetch(f"{base}/{DESCRIPTION}", folder / DESCRIPTION, limit_bytes=DESCRIPTION_LIMIT_BYTES)
    fetch(f"{base}/{WEIGHTS}", folder / WEIGHTS, limit_bytes=settings.MODEL_PULL_MAX_BYTES)
    try:
        fetch(f"{base}/{CARD}", folder / CARD, limit_bytes=CARD_LIMIT_BYTES)
    except ModelUnreachable:
        (folder / CARD).unlink(missing_ok=True)  # not every model has one


def _copy(source: Path, folder: Path) -> None:
    try:
        for name in (DESCRIPTION, WEIGHTS):
            shutil.copyfile(source / name, folder / name)
        if (source / CARD).is_file():
            shutil.copyfile(source / CARD, folder / CARD)
    except OSError as error:
        raise ModelMissing(f"{source} holds no readable checkpoint.") from error
