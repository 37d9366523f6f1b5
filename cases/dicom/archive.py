"""ZIP archives, entry by entry. Nothing in them is trusted: names, sizes, kinds or counts.

Files get names made here; what an entry calls itself is kept as text only.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from cases.dicom.errors import ArchiveRefused, FileRefused, NotAnImage, TooLarge
from cases.dicom.reader import HEAD_BYTES, kind_of
from cases.dicom.text import clean
from cases.dicom.types import MEBIBYTE, FileKind, Limits

_DEFAULTS = Limits()
_CHUNK = 256 * 1024
# Small entries may be compressed as they like: a blank image is.
_RATIO_COUNTS_FROM = 4 * MEBIBYTE
_LONGEST_ENTRY = 46 + 2048
_END_MARK, _END_SIZE, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_SKIPPED_NAMES = frozenset(("dicomdir", "thumbs.db", "desktop.ini"))


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One entry: where its content lies, or why there is none. ``name`` is for people only."""

    name: str
    path: Path | None
    refusal: FileRefused | None


def extract_members(path: Path, out_dir: Path, limits: Limits = _DEFAULTS) -> list[ArchiveMember]:
    """Unpack into ``out_dir`` (which exists), one result an entry, folders and __MACOSX left out.

    Raises ArchiveRefused or TooLarge where the archive as a whole is refused; then ``out_dir`` is
    left without its files.
    """
    written: list[Path] = []
    try:
        _check_directory(_tail(path), limits)
        with zipfile.ZipFile(path) as archive:
            return _extract_all(archive, out_dir, limits, written)
    except (FileRefused, OSError):
        _remove(written)
        raise
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        _remove(written)
        raise ArchiveRefused() from error


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
        return file.read()


def _check_directory(tail: bytes, limits: Limits) -> None:
    """The table of contents is read into memory as a whole, so its length is looked at first."""
    start = tail.rfind(_END_MARK)
    if start < 0 or start + _END_SIZE > len(tail):
        raise ArchiveRefused()
    entries, directory_bytes = struct.unpack_from("<HL", tail, start + 10)
    if entries > limits.max_archive_entries:
        raise TooLarge(code="archive_too_many_entries")
    if directory_bytes > limits.max_archive_entries * _LONGEST_ENTRY:
        raise TooLarge(code="archive_too_many_entries")
    if entries == 0:
        raise ArchiveRefused(code="archive_empty")


def _extract_all(
    archive: zipfile.ZipFile, out_dir: Path, limits: Limits, written: list[Path]
) -> list[ArchiveMember]:
    entries = [info for info in archive.infolist() if not _is_ignored(info)]
    if len(entries) > limits.max_archive_entries:
        raise TooLarge(code="archive_too_many_entries")
    if not entries:
        raise ArchiveRefused(code="archive_empty")
    members, room = [], limits.max_archive_bytes
    for number, info in enumerate(entries):
        name = clean(info.filename)
        target = out_dir / f"{number:05d}.bin"
        try:
            _check_entry(info, limits)
            written.append(target)
            room -= _extract(archive, info, target, _Room(limits, room))
            _check_content(target)
        except FileRefused as refused:
            target.unlink(missing_ok=True)
            if refused.code == "archive_too_large":
                raise
            members.append(ArchiveMember(name, None, refused))
        else:
            members.append(ArchiveMember(name, target, None))
    return members


def _is_ignored(info: zipfile.ZipInfo) -> bool:
    return info.is_dir() or PurePosixPath(info.filename).parts[:1] == ("__MACOSX",)


def _check_entry(info: zipfile.ZipInfo, limits: Limits) -> None:
    """What the entry says of itself. Raises FileRefused."""
    posix, windows = PurePosixPath(info.filename), PureWindowsPath(info.filename)
    # Both readings: a backslash parts names on one system and is a letter on the other.
    if posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts:
        raise ArchiveRefused(code="archive_entry_outside")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise ArchiveRefused(code="archive_entry_link")
    if windows.name.lower() in _SKIPPED_NAMES or windows.name.startswith("."):
        raise ArchiveRefused(code="skipped")
    if info.flag_bits & _ENCRYPTED:
        raise ArchiveRefused(code="archive_entry_encrypted")
    if info.compress_type not in _METHODS:
        raise ArchiveRefused(code="archive_entry_method")
    if info.file_size > limits.max_file_bytes:
        raise TooLarge()


@dataclass(frozen=True, slots=True)
class _Room:
    limits: Limits
    left: int


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, room: _Room) -> int:
    """Unpack one entry in pieces and count what really comes out; how many bytes that was."""
    most_by_ratio = max(_RATIO_COUNTS_FROM, info.compress_size * room.limits.max_archive_ratio)
    size = 0
    try:
        with archive.open(info) as source, target.open("xb") as sink:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > room.left:
                    raise TooLarge(code="archive_too_large")
                if size > room.limits.max_file_bytes:
                    raise TooLarge()
                if size > most_by_ratio:
                    raise TooLarge(code="archive_ratio")
                sink.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArchiveRefused(code="archive_entry_damaged") from error
    return size


def _check_content(path: Path) -> None:
    """Refuse an archive within the archive; anything else is judged where images are."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    try:
        nested = kind_of(head) is FileKind.ZIP
    except NotAnImage as refused:
        nested = refused.code == "unsupported_archive"
    if nested:
        raise ArchiveRefused(code="nested_archive")
