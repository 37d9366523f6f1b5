"""Files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1 << 20
PARTIAL = ".partial"


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Writes under a temporary name beside ``path``; fsync and rename on success, else removed."""
    temporary = path.with_name(f".{path.name}{PARTIAL}")
    try:
        with temporary.open("w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes the new name durable; Windows cannot open a folder."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(CHUNK_BYTES):
            yield block


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    for block in chunks(path):
        digest.update(block)
    return digest.hexdigest()


def files_below(folder: Path) -> list[Path]:
    """Every finished file, by its name below the folder; what a crash left half-written is none."""
    found = [
        path for path in folder.rglob("*") if not path.is_dir() and not path.name.endswith(PARTIAL)
    ]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())
