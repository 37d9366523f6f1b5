"""What a sealed release says of itself: each file's SHA-256, counts, filter, code, models, key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from annotations.exports.files import files_below, sha256_of, whole_file
from annotations.exports.types import JsonValue

MANIFEST_NAME = "manifest.json"
FORMAT_VERSION = 1


class KeyFate(StrEnum):
    """What becomes of the secret: kept, pseudonyms can be undone by whoever holds it."""

    KEPT = "kept"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """``name`` below the release's folder, with forward slashes."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelUsed:
    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Counts:
    """``negatives``: images of which every reader says "no finding". ``by_label``: statements."""

    images: int
    patients: int
    negatives: int
    statements: int
    boxes: int
    by_label: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """``made_by`` is a pseudonym or a role; ``made_at`` ISO time; ``filters`` as asked for.

    ``splits``: patients and images a part, and how many patients are in two (none, or it is not
    sealed). ``formats``: what a label set could not say, and what a format left out.
    """

    release: str
    number: int
    made_at: str
    made_by: str
    code_version: str
    models: tuple[ModelUsed, ...]
    filters: Mapping[str, JsonValue]
    deidentification: Mapping[str, JsonValue]
    key: KeyFate
    counts: Counts
    files: tuple[FileEntry, ...]
    splits: Mapping[str, JsonValue] = field(default_factory=dict)
    formats: Mapping[str, JsonValue] = field(default_factory=dict)


def file_entries(folder: Path) -> tuple[FileEntry, ...]:
    """Every file below the folder but the manifest itself, sorted by name; read in pieces."""
    return tuple(
        FileEntry(path.relative_to(folder).as_posix(), path.stat().st_size, sha256_of(path))
        for path in files_below(folder)
        if path != folder / MANIFEST_NAME
    )


def manifest_bytes(manifest: Manifest) -> bytes:
    """Canonical JSON: keys sorted, no space, UTF-8, no NaN, one line feed at the end."""
    plain = {
        **{name: getattr(manifest, name) for name in _PLAIN},
        "format_version": FORMAT_VERSION,
        "key": manifest.key.value,
        "models": [asdict(model) for model in manifest.models],
        "counts": {**asdict(manifest.counts), "by_label": dict(manifest.counts.by_label)},
        "files": [asdict(entry) for entry in manifest.files],
    }
    text = json.dumps(
        plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8") + b"\n"


_PLAIN = (
    "release",
    "number",
    "made_at",
    "made_by",
    "code_version",
    "filters",
    "deidentification",
    "splits",
    "formats",
)


def write_manifest(manifest: Manifest, folder: Path) -> Path:
    path = folder / MANIFEST_NAME
    with whole_file(path) as stream:
        stream.write(manifest_bytes(manifest))
    return path


def changed_files(folder: Path) -> tuple[str, ...]:
    """Names that are missing, new or altered against the folder's manifest; empty when sealed."""
    listed = json.loads((folder / MANIFEST_NAME).read_bytes())["files"]
    said = {(entry["name"], entry["size_bytes"], entry["sha256"]) for entry in listed}
    found = {(entry.name, entry.size_bytes, entry.sha256) for entry in file_entries(folder)}
    return tuple(sorted({name for name, _, _ in said ^ found}))
