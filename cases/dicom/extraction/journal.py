"""What is done so far of an extraction, in a folder beside its outputs until it is complete.

The folder holds the secret of the pseudonyms while it is needed, one line an outcome, and the
pixels of each image. A killed extraction goes on from there; a finished one leaves nothing.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from cases.dicom.extraction.deidentify import KEY_BYTES, new_key
from cases.dicom.extraction.errors import KeyTooShort, KeyUnreadable, OtherOptions
from cases.dicom.extraction.metadata import Cell
from cases.dicom.extraction.types import Outcome

_KEY, _OPTIONS, _LINES, _PIECES = "key", "options.json", "outcomes.jsonl", "pieces"


@dataclass(frozen=True, slots=True)
class Entry:
    """An outcome without its cells, and where in the journal its line begins."""

    outcome: Outcome
    offset: int


class Journal:
    """The state in ``folder``. Raises OtherOptions where it holds that of another extraction."""

    def __init__(self, folder: Path, options: str) -> None:
        self.folder, self.pieces = folder, folder / _PIECES
        self._lines = folder / _LINES
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.pieces.mkdir(exist_ok=True)
        told = folder / _OPTIONS
        if not told.exists():
            told.write_text(options, encoding="utf-8")
        elif told.read_text(encoding="utf-8") != options:
            raise OtherOptions

    def key(self) -> bytes:
        """The secret of this extraction: one is made at its first call."""
        path = self.folder / _KEY
        if not path.exists():
            write_key(path, new_key())
        return read_key(path)

    def entries(self) -> dict[str, Entry]:
        """By name. A line that a crash cut off does not count."""
        found: dict[str, Entry] = {}
        if not self._lines.exists():
            return found
        with self._lines.open("rb") as stream:
            offset = 0
            for line in stream:
                try:
                    outcome = _outcome(json.loads(line))
                except (ValueError, KeyError, TypeError):
                    pass
                else:
                    found[outcome.name] = Entry(_brief(outcome), offset)
                offset += len(line)
        return found

    def add(self, outcome: Outcome) -> Entry:
        """The line begins anew: what a crash cut off stays a line of its own."""
        plain = {
            "name": outcome.name,
            "stamp": outcome.stamp,
            "key": outcome.key,
            "metadata": outcome.metadata,
            "features": outcome.features,
            "code": outcome.code,
            "message": outcome.message,
        }
        with self._lines.open("ab") as stream:
            offset = stream.seek(0, os.SEEK_END) + 1
            stream.write(b"\n" + json.dumps(plain).encode())
        return Entry(_brief(outcome), offset)

    def whole(self, entry: Entry) -> Outcome:
        """The outcome with its cells, read back: all of them at once would not fit in memory."""
        with self._lines.open("rb") as stream:
            stream.seek(entry.offset)
            return _outcome(json.loads(stream.readline()))

    def close(self) -> None:
        """Everything is written: the folder goes, and with it a secret that was not asked for."""
        shutil.rmtree(self.folder)


def _brief(outcome: Outcome) -> Outcome:
    return replace(outcome, metadata=None, features=None)


def _outcome(plain: dict[str, object]) -> Outcome:
    texts = {name: plain[name] for name in ("name", "stamp", "key", "code", "message")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("texts were expected")
    return Outcome(
        **cast(dict[str, str], texts),
        metadata=_cells(plain["metadata"]),
        features=_cells(plain["features"]),
    )


def _cells(plain: object) -> tuple[Cell, ...] | None:
    if plain is None:
        return None
    if not isinstance(plain, list):
        raise ValueError("a list was expected")
    return tuple(cast(list[Cell], plain))


def write_key(path: Path, key: bytes) -> None:
    """As hexadecimal digits in a file that only its owner reads; it must not exist yet."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(key.hex() + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def read_key(path: Path) -> bytes:
    """Raises KeyUnreadable, KeyTooShort."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise KeyUnreadable from error
    if len(key) < KEY_BYTES:
        raise KeyTooShort
    return key
