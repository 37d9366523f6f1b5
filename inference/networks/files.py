"""The files of a checkpoint and their identity. No torch: any process can verify them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from inference.networks.errors import ModelMissing

WEIGHTS, DESCRIPTION, CARD = "model.safetensors", "model.json", "CARD.md"


def checkpoint_sha256(folder: Path) -> str:
    """SHA-256 of the checkpoint in ``folder``. Raises ModelMissing."""
    return identity_of(*read_checkpoint(folder))


def read_checkpoint(folder: Path) -> tuple[bytes, bytes]:
    """The bytes of weights and description. Raises ModelMissing."""
    try:
        return (folder / WEIGHTS).read_bytes(), (folder / DESCRIPTION).read_bytes()
    except OSError as error:
        raise ModelMissing(f"The model {folder.name} has no readable files.") from error


def identity_of(weights: bytes, table: bytes) -> str:
    """Hex SHA-256 over both files, weights first."""
    digest = hashlib.sha256(weights)
    digest.update(table)
    return digest.hexdigest()
