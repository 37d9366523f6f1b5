"""What every command over many files shares: finding them, decoding ahead, faults, going on.

A command writes into one folder: a journal with one line an image that is done, ``errors.csv``, and
its own results, which are made from the journal and appear whole or not at all. A command that was
killed goes on where the journal ends.
"""

from __future__ import annotations

import csv
import fcntl
import glob
import io
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases.dicom.errors import NotAnImage
from cases.dicom.pool import GreyPicture, decode_ahead
from cases.dicom.reader import sniff
from cases.dicom.types import Limits
from cxrportal.common.errors import PortalError
from cxrportal.common.rows import neutralise

IMAGE_SUFFIXES = (".dcm", ".dicom", ".dic", ".png", ".jpg", ".jpeg")
JOURNAL, ERRORS = "journal.jsonl", "errors.csv"
_MAGIC = "*?["
_DEFAULTS = Limits()


class OutputTaken(PortalError):
    code = "output_folder_taken"
    http_status = 409
    default_message = "The output folder belongs to another run."


class NothingFound(PortalError):
    code = "no_images"
    http_status = 422
    default_message = "No image was found in what was named."


@dataclass(frozen=True, slots=True)
class BatchFile:
    """``name``: relative to the folder that was named, else the file's own; unique in a batch."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one file has no result."""

    name: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.name}: {self.code}: {self.message}"


@dataclass(frozen=True, slots=True)
class Found:
    """``skipped``: files of named folders that are no images by name and content."""

    files: tuple[BatchFile, ...]
    faults: tuple[Fault, ...]
    skipped: int


def find_files(named: Sequence[str], *, without: Path | None = None) -> Found:
    """Files, folders (with all below them) and patterns (``**`` goes deep), each file once.

    What was named itself is always taken; from a folder only images, and nothing hidden, no link to
    a folder and nothing below ``without``. What does not exist is a fault ``file_not_found``.
    """
    taken: dict[Path, BatchFile] = {}
    faults: list[Fault] = []
    skipped = 0
    for item in named:
        matches = _matches(item)
        if not matches:
            faults.append(Fault(item, "file_not_found", "There is no such file or folder."))
        for path in matches:
            if not path.is_dir():
                taken.setdefault(path.resolve(), BatchFile(path, path.name))
                continue
            for below in _below(path, without):
                if _is_image(below):
                    file = BatchFile(below, below.relative_to(path).as_posix())
                    taken.setdefault(below.resolve(), file)
                else:
                    skipped += 1
    return Found(_with_unique_names(list(taken.values())), tuple(faults), skipped)


def _matches(item: str) -> list[Path]:
    path = Path(item).expanduser()
    if path.exists():
        return [path]
    if not any(sign in item for sign in _MAGIC):
        return []
    return [Path(found) for found in sorted(glob.glob(str(path), recursive=True))]


def _below(folder: Path, without: Path | None) -> Iterator[Path]:
    skip = None if without is None else without.resolve()
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and Path(place, name).resolve() != skip
        )
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def _is_image(path: Path) -> bool:
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return True
    try:
        return sniff(path).value in ("dicom", "png", "jpeg")
    except (NotAnImage, OSError):
        return False


def _with_unique_names(files: list[BatchFile]) -> tuple[BatchFile, ...]:
    """Names that several files have are replaced by paths from their common folder."""
    often = Counter(file.name for file in files)
    clashing = [file.path.absolute() for file in files if often[file.name] > 1]
    if not clashing:
        return tuple(files)
    common = os.path.commonpath([path.parent for path in clashing])
    renamed = [
        BatchFile(file.path, file.path.absolute().relative_to(common).as_posix())
        if often[file.name] > 1
        else file
        for file in files
    ]
    if len({file.name for file in renamed}) < len(renamed):
        return tuple(BatchFile(file.path, file.path.absolute().as_posix()) for file in files)
    return tuple(renamed)


def decoded(
    files: Sequence[BatchFile], *, processes: int, limits: Limits = _DEFAULTS
) -> Iterator[tuple[BatchFile, GreyPicture | Fault]]:
    """Each file with its picture, decoded ahead by other processes, or with its fault."""
    outcomes = decode_ahead([file.path for file in files], processes=processes, limits=limits)
    for file, outcome in zip(files, outcomes, strict=True):
        if isinstance(outcome, GreyPicture):
            yield file, outcome
        else:
            yield file, Fault(file.name, outcome.code, outcome.message)


class Journal:
    """One line an image that is done. Several formats can be made from it, and a run goes on."""

    def __init__(self, path: Path, setting: dict[str, Any]) -> None:
        """Raises OutputTaken when the journal was begun with another setting."""
        self._path = path
        self._rows: dict[str, dict[str, Any]] = {}
        lines = self._whole_lines()
        if lines and lines[0] != {"setting": setting}:
            raise OutputTaken(
                f"{path.parent} holds results of another model or other options: name another "
                "folder, or delete it."
            )
        for line in lines[1:]:
            self._rows[line["name"]] = line
        self._stream = path.open("a", encoding="utf-8")
        if not lines:
            self._append({"setting": setting})
            self.flush()

    def done(self, file: BatchFile) -> dict[str, Any] | None:
        """The row of this file, if the file is still what it was."""
        line = self._rows.get(file.name)
        if line is None or line["stamp"] != _stamp(file.path):
            return None
        row: dict[str, Any] = line["row"]
        return row

    def add(self, file: BatchFile, row: dict[str, Any]) -> None:
        line = {"name": file.name, "stamp": _stamp(file.path), "row": row}
        self._rows[file.name] = line
        self._append(line)

    def flush(self) -> None:
        """After this, what was added outlives this process and the machine."""
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        self.flush()
        self._stream.close()

    def _append(self, line: dict[str, Any]) -> None:
        self._stream.write(json.dumps(line, allow_nan=False) + "\n")

    def _whole_lines(self) -> list[dict[str, Any]]:
        """What was written whole; the torn end that a kill left is cut off."""
        if not self._path.is_file():
            return []
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.truncate(self._path, len(whole))
        try:
            return [json.loads(line) for line in whole.splitlines()]
        except ValueError as error:
            raise OutputTaken(f"{self._path} is damaged: delete it to begin again.") from error


def _stamp(path: Path) -> list[int]:
    """Changes when the file does."""
    facts = path.stat()
    return [facts.st_size, facts.st_mtime_ns]


@contextmanager
def output_folder(folder: Path) -> Iterator[None]:
    """Make the folder and hold it: two runs never write into one. Raises OutputTaken."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise OutputTaken(f"{folder} is a file.") from error
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputTaken(f"Another run is writing into {folder}.") from error
        yield


def write_whole(path: Path, content: bytes) -> None:
    """Under a temporary name first: whoever finds the file finds all of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, path)


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str | int | float]]) -> bytes:
    """UTF-8 CSV; texts that a spreadsheet would run are made harmless."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([neutralise(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().encode()


def write_faults(folder: Path, faults: Sequence[Fault]) -> None:
    rows = [(fault.name, fault.code, fault.message) for fault in faults]
    write_whole(folder / ERRORS, csv_bytes(("image", "code", "message"), rows))


def decoders() -> int:
    """How many processes decode beside the one that computes."""
    return max(1, min(4, (os.cpu_count() or 2) - 1))
