"""Searches the raw bytes of files for texts that must not be there, in one pass over each file.

Searched without regard to the case of ASCII letters, in UTF-8, Latin-1, UTF-16 and as JSON escapes.
What is too short to mean anything is not searched, and counted:
- texts under 4 bytes, and numbers under 7 digits (they are sizes and ids everywhere);
- in pictures, and in the pixels of DICOM files, whose bytes are random, texts under 8 bytes;
- words of the format itself, such as the name of a finding.
A text under 8 bytes, or a number, counts where it stands alone: not inside a longer word or number,
since pseudonyms and checksums hold every short string by chance.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotations.exports.dicom_check import header_bytes
from annotations.exports.files import CHUNK_BYTES, files_below

SHORTEST_BYTES = 4
SHORTEST_NUMBER = 7
LONG_BYTES = 8
PICTURES = frozenset({".png", ".jpg"})
DICOM = ".dcm"
_ANCHOR = 3  # the first bytes that choose where to look closer
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_")


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a planted text was found. The text itself is not repeated: reports are read by many."""

    file: str
    offset: int
    needle: int  # its place in the list that was searched for


@dataclass(frozen=True, slots=True)
class _Needle:
    index: int
    data: bytes
    alone: bool  # counts only where it stands alone


class PhiScan:
    """Needles prepared once, for any number of files.

    ``own_words``, in small letters, are those of the format itself: a patient named Mass would
    else be found in every release. ``not_searched`` counts the texts that are left out.
    """

    def __init__(self, texts: Iterable[str], own_words: frozenset[str] = frozenset()) -> None:
        self._own_words = own_words
        self.not_searched = 0
        self._by_anchor: dict[bytes, list[_Needle]] = defaultdict(list)
        self._longest = 1
        self._table: NDArray[np.bool_] = np.zeros(1 << (8 * _ANCHOR), np.bool_)
        for index, text in enumerate(texts):
            self._prepare(index, text.strip())

    def _prepare(self, index: int, text: str) -> None:
        number = text.isdigit()
        length = len(text.encode("utf-8"))
        short = length < SHORTEST_BYTES or (number and length < SHORTEST_NUMBER)
        if short or text.lower() in self._own_words:
            self.not_searched += 1
            return
        for form in sorted(_forms(text)):
            data = form.lower()
            needle = _Needle(index, data, number or length < LONG_BYTES)
            self._by_anchor[data[:_ANCHOR]].append(needle)
            self._table[int.from_bytes(data[:_ANCHOR], "big")] = True
            self._longest = max(self._longest, len(data))

    def folder(self, folder: Path) -> Iterator[Hit]:
        """Hits in the names and the bytes of all files below the folder."""
        for path in files_below(folder):
            name = path.relative_to(folder).as_posix()
            spelled = name.encode("utf-8")
            for needle, _ in self._in(spelled, 0, len(spelled)):
                yield Hit(name, -1, needle.index)
            yield from self._in_file(path, name)

    def _in_file(self, path: Path, name: str) -> Iterator[Hit]:
        """Blocks overlap by the longest needle and a byte on either side, to see what is beside."""
        picture = path.suffix.lower() in PICTURES
        # Of a DICOM file the header is text, what follows is pixels.
        text_bytes = header_bytes(path) if path.suffix.lower() == DICOM else 0
        picture = picture or bool(text_bytes)
        margin = self._longest + 1
        kept, base, start, done = b"", 0, 0, False
        with path.open("rb") as stream:
            while not done:
                block = stream.read(CHUNK_BYTES)
                done = not block
                data = kept + block
                end = len(data) if done else max(len(data) - margin, 0)
                for needle, offset in self._in(data, start, end):
                    in_pixels = picture and base + offset >= text_bytes
                    if not (in_pixels and len(needle.data) < LONG_BYTES):
                        yield Hit(name, base + offset, needle.index)
                cut = max(end - 1, 0)
                kept, base, start = data[cut:], base + cut, end - cut

    def _in(self, data: bytes, start: int, end: int) -> Iterator[tuple[_Needle, int]]:
        """Needles that begin at start <= offset < end."""
        lower = data.lower()
        raw = np.frombuffer(lower, np.uint8).astype(np.uint32)
        if raw.size < _ANCHOR:
            return
        anchors = (raw[:-2] << 16) | (raw[1:-1] << 8) | raw[2:]
        for place in np.flatnonzero(self._table[anchors]):
            offset = int(place)
            if not start <= offset < end:
                continue
            for needle in self._by_anchor[lower[offset : offset + _ANCHOR]]:
                if lower.startswith(needle.data, offset) and not (
                    needle.alone and _inside_word(lower, offset, len(needle.data))
                ):
                    yield needle, offset


def _inside_word(data: bytes, offset: int, length: int) -> bool:
    before = data[offset - 1 : offset] if offset else b""
    after = data[offset + length : offset + length + 1]
    return any(side and side[0] in _WORD for side in (before, after)) or (
        b"." in (before, after) and data[offset : offset + length].isdigit()
    )


def _forms(text: str) -> set[bytes]:
    forms = {text.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")}
    forms.add(json.dumps(text)[1:-1].encode("ascii"))
    with suppress(UnicodeEncodeError):
        forms.add(text.encode("latin-1"))
    return forms
