"""The files of a checkpoint and their identity. No torch: any process can verify them.

A checkpoint is a folder with ``model.safetensors``, ``model.json`` (which holds the SHA-256 of the
weights) and mostly a card. Its identity is one SHA-256 over the bytes of the first two, weights
first, so that neither can change under a registered model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inference.networks.errors import ModelCorrupt, ModelHashMismatch, ModelMissing

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject = dict[str, JsonValue]
FORMAT = 1
WEIGHTS, DESCRIPTION, CARD = "model.safetensors", "model.json", "CARD.md"


@dataclass(frozen=True, slots=True)
class CheckpointFiles:
    """What was read and found to belong together. ``sha256``: the identity."""

    weights: bytes
    table: JsonObject
    sha256: str


def write_checkpoint(folder: Path, weights: bytes, table: Mapping[str, object]) -> str:
    """Write weights and description, each whole or not at all; return the identity.

    ``table``: what JSON can hold; format and the hash of the weights are added.
    """
    digest = hashlib.sha256(weights).hexdigest()
    described = {"format": FORMAT, "weights_sha256": digest, **table}
    text = (json.dumps(described, indent=1, allow_nan=False) + "\n").encode()
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((WEIGHTS, weights), (DESCRIPTION, text)):
        part = folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)
    return identity_of(weights, text)


def open_checkpoint(folder: Path, *, sha256: str | None = None) -> CheckpointFiles:
    """``sha256``: the identity it must have; None: whatever lies there, if whole.

    Raises ModelMissing, ModelHashMismatch (another identity) or ModelCorrupt (no JSON, another
    format, other weights).
    """
    weights, text = read_checkpoint(folder)
    found = identity_of(weights, text)
    if sha256 is not None and found != sha256.lower():
        raise ModelHashMismatch(
            f"The model {folder.name} was registered as {sha256[:12]}, "
            f"but its files are {found[:12]}."
        )
    try:
        table = json.loads(text)
    except ValueError as error:
        raise ModelCorrupt("model.json is no JSON.") from error
    if not isinstance(table, dict):
        raise ModelCorrupt("model.json is no JSON object.")
    if table.get("format") != FORMAT:
        raise ModelCorrupt("model.json has a format that this version does not know.")
    if table.get("weights_sha256") != hashlib.sha256(weights).hexdigest():
        raise ModelCorrupt("model.json belongs to other weights.")
    return CheckpointFiles(weights, table, found)


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
