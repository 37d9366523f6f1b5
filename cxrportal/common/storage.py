"""Files that are there once we say so.

``put_durable`` is the one way to store a file: on a disk a temporary name, fsync, rename and an
fsync of the folder; on S3 a completed PUT. Storing the same key twice replaces it atomically.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol, cast

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from storages.backends.s3 import S3Storage

from cxrportal.common.errors import PortalError

_CHUNK_BYTES = 1024 * 1024


class StorageUnavailable(PortalError):
    code = "storage_unavailable"
    http_status = 503
    default_message = "The file store cannot be reached. Nothing was saved; please try again."


class DurableStorage(Protocol):
    """What the portal asks of a file store."""

    def put_durable(self, key: str, content: IO[bytes]) -> None: ...
    def open(self, name: str, mode: str = "rb") -> File[bytes]: ...
    def exists(self, name: str) -> bool: ...
    def delete(self, name: str) -> None: ...
    def delete_below(self, folder: str) -> None: ...


class DurableFileSystemStorage(FileSystemStorage):
    """The local disk."""

    def put_durable(self, key: str, content: IO[bytes]) -> None:
        """Write ``content``, from where it stands, under ``key``. Raises StorageUnavailable."""
        target = Path(self.path(key))
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("xb") as out:
                while chunk := content.read(_CHUNK_BYTES):
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(target)
            _fsync_folder(target.parent)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise StorageUnavailable from error

    def delete_below(self, folder: str) -> None:
        """Every file below a folder, half-written ones too. Raises StorageUnavailable."""
        try:
            shutil.rmtree(self.path(folder))
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageUnavailable from error


class DurableS3Storage(S3Storage):
    """S3-compatible storage: an object exists once its upload is complete."""

    def put_durable(self, key: str, content: IO[bytes]) -> None:
        """Write ``content``, from where it stands, under ``key``. Raises StorageUnavailable."""
        try:
            self.bucket.Object(self._normalize_name(key)).upload_fileobj(content)
        except Exception as error:  # boto raises a family of its own
            raise StorageUnavailable from error

    def delete_below(self, folder: str) -> None:
        """Every object whose key begins with the folder. Raises StorageUnavailable."""
        try:
            self.bucket.objects.filter(Prefix=f"{self._normalize_name(folder)}/").delete()
        except Exception as error:  # boto raises a family of its own
            raise StorageUnavailable from error


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def storage() -> DurableStorage:
    """The configured store."""
    return cast("DurableStorage", default_storage)


def put_durable(key: str, content: IO[bytes]) -> None:
    storage().put_durable(key, content)


def delete_below(folder: str) -> None:
    storage().delete_below(folder)


def open_file(key: str) -> File[bytes]:
    """The stored file, open for reading. Raises StorageUnavailable when it is not there."""
    try:
        return storage().open(key)
    except OSError as error:
        raise StorageUnavailable("A stored file is missing or cannot be read.") from error


@contextmanager
def opened(key: str) -> Iterator[IO[bytes]]:
    """The stored file, open for reading and closed afterwards. Raises StorageUnavailable."""
    with open_file(key) as stored:
        yield cast("IO[bytes]", stored)


def read_bytes(key: str) -> bytes:
    """The whole file. Raises StorageUnavailable when it cannot be read."""
    with opened(key) as stored:
        return stored.read()
