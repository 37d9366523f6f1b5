"""The files of a data set, in a folder or in a ZIP, by their names there. Nothing is unpacked."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from annotations.imports.errors import ContainerRefused, TableBroken

CHUNK_BYTES = 1 << 20
MOST_FILES = 300_000
MOST_RATIO = 200  # an honest table shrinks to a fiftieth, a bomb to a thousandth
RATIO_COUNTS_FROM = 64 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_IGNORED = ("__macosx", ".")


class DatasetFiles(Protocol):
    """Names are relative, with forward slashes."""

    def names(self) -> Iterator[str]: ...

    def stream(self, name: str) -> IO[bytes]: ...


class FolderFiles:
    """Below a folder; links are not followed."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ContainerRefused("There is no such folder.")
        self._folder = folder

    def names(self) -> Iterator[str]:
        for path in sorted(self._folder.rglob("*")):
            name = path.relative_to(self._folder).as_posix()
            if path.is_file() and not path.is_symlink() and not _ignored(name):
                yield name

    def stream(self, name: str) -> IO[bytes]:
        try:
            return (self._folder / name).open("rb")
        except OSError as error:
            raise TableBroken(f"{name} cannot be opened: {error.strerror}.") from error


class ZipFiles:
    """Within one archive. Raises ContainerRefused for what is no plain ZIP."""

    def __init__(self, archive: Path | IO[bytes]) -> None:
        try:
            self._zip = zipfile.ZipFile(archive)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise ContainerRefused from error
        if len(self._zip.infolist()) > MOST_FILES:
            raise ContainerRefused(f"The archive holds more than {MOST_FILES:,} files.")

    def names(self) -> Iterator[str]:
        for info in self._zip.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if not info.is_dir() and kind in (0, stat.S_IFREG) and not _ignored(info.filename):
                yield info.filename

    def stream(self, name: str) -> IO[bytes]:
        try:
            info = self._zip.getinfo(name)
            packed = info.compress_type in _METHODS and not info.flag_bits & 0x1
            ratio = info.file_size / max(info.compress_size, 1)
            if not packed or (info.file_size > RATIO_COUNTS_FROM and ratio > MOST_RATIO):
                raise ContainerRefused(f"{name} is packed in a way that is not read.")
            return self._zip.open(info)
        except (zipfile.BadZipFile, KeyError, RuntimeError, OSError) as error:
            raise TableBroken(f"{name} cannot be opened.") from error

    def close(self) -> None:
        self._zip.close()


def _ignored(name: str) -> bool:
    return any(part.lower().startswith(_IGNORED) for part in PurePosixPath(name).parts)


@contextmanager
def text_of(files: DatasetFiles, name: str) -> Iterator[io.TextIOWrapper]:
    """A table as text in UTF-8. Raises TableBroken for another encoding or a damaged file."""
    with files.stream(name) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        try:
            yield text
        except (UnicodeDecodeError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise TableBroken(f"{name} is damaged, or no text in UTF-8.") from error


def copy_file(files: DatasetFiles, name: str, target: Path, most_bytes: int) -> str | None:
    """Copies in pieces; the SHA-256 of the content, or None past ``most_bytes``.

    Raises TableBroken for a damaged entry.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with files.stream(name) as stream, target.open("wb") as out:
            while block := stream.read(CHUNK_BYTES):
                size += len(block)
                if size > most_bytes:
                    return None
                digest.update(block)
                out.write(block)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise TableBroken(f"{name} is damaged.") from error
    return digest.hexdigest()
