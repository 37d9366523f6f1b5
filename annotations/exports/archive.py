"""A release as one ZIP: the same folder gives the same bytes, whatever the clock and the user."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from annotations.exports.errors import ArchiveRefused
from annotations.exports.files import chunks, files_below, sha256_of, whole_file

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a ZIP can say
UNIX = 3
MODE = stat.S_IFREG | 0o644
COMPRESSED_ALREADY = frozenset({".gz", ".h5", ".jpg", ".png", ".zip"})
LEVEL = 6


@dataclass(frozen=True, slots=True)
class Archive:
    path: Path
    size_bytes: int
    sha256: str
    members: int


def write_archive(folder: Path, target: Path) -> Archive:
    """All files below ``folder``, sorted by name, under their names there; read in pieces.

    ``target`` appears whole or not at all and lies outside the folder.
    Raises ArchiveRefused for links, devices and an empty folder.
    """
    if target.resolve().is_relative_to(folder.resolve()):
        raise ArchiveRefused("The archive cannot lie in the folder that it holds.")
    members = files_below(folder)
    if not members:
        raise ArchiveRefused("There is nothing to archive.")
    for path in members:
        if path.is_symlink() or not path.is_file():
            raise ArchiveRefused("The folder holds a link or a device.")
    with whole_file(target) as stream, ZipFile(stream, "w", allowZip64=True) as archive:
        for path in members:
            _add(archive, path, path.relative_to(folder).as_posix())
    return Archive(target, target.stat().st_size, sha256_of(target), len(members))


def _add(archive: ZipFile, path: Path, name: str) -> None:
    info = ZipInfo(name, EPOCH)
    info.create_system = UNIX
    info.external_attr = MODE << 16
    stored = path.suffix.lower() in COMPRESSED_ALREADY
    info.compress_type = ZIP_STORED if stored else ZIP_DEFLATED
    info.file_size = path.stat().st_size  # lets zipfile choose ZIP64 where it must
    with archive.open(info, "w") as member:
        for block in chunks(path):
            member.write(block)
