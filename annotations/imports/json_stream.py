"""The elements of the top-level lists of a JSON object, one after the other, in little memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import TextIOBase
from typing import Any

from annotations.imports.errors import TableBroken

CHUNK_CHARACTERS = 1 << 16
MOST_CHARACTERS = 1 << 25  # of one element
_SPACE = " \t\r\n"


def list_elements(text: TextIOBase, wanted: frozenset[str]) -> Iterator[tuple[str, int, Any]]:
    """(name of the list, number from 1, element) for the lists named in ``wanted``.

    Other members are read and forgotten. Raises TableBroken for what is no such JSON.
    """
    reader = _Reader(text)
    reader.take("{")
    if reader.peek() == "}":
        return
    while True:
        name = reader.value()
        reader.take(":")
        if reader.peek() == "[":
            for number, element in enumerate(_elements(reader), start=1):
                if name in wanted:
                    yield str(name), number, element
        else:
            reader.value()
        if reader.peek() == "}":
            return
        reader.take(",")


def _elements(reader: _Reader) -> Iterator[Any]:
    reader.take("[")
    if reader.peek() == "]":
        reader.take("]")
        return
    while True:
        yield reader.value()
        if reader.peek() == "]":
            reader.take("]")
            return
        reader.take(",")


class _Reader:
    """A buffer that grows until one value is whole, and forgets what was read."""

    def __init__(self, text: TextIOBase) -> None:
        self._text, self._buffer, self._at, self._ended = text, "", 0, False
        self._decoder = json.JSONDecoder()

    def _more(self, least: int = CHUNK_CHARACTERS) -> bool:
        if self._ended:
            return False
        piece = self._text.read(least)
        self._ended = not piece
        self._buffer, self._at = self._buffer[self._at :] + piece, 0
        if len(self._buffer) > MOST_CHARACTERS:
            raise TableBroken("One element of the JSON file is too large.")
        return bool(piece)

    def peek(self) -> str:
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                raise TableBroken("The JSON file ends too early.")

    def take(self, mark: str) -> None:
        if self.peek() != mark:
            raise TableBroken("The file is no JSON object of lists.")
        self._at += 1

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                # Twice as much each time: a long element is not decoded over and over.
                if not self._more(max(CHUNK_CHARACTERS, len(self._buffer) - self._at)):
                    raise TableBroken("The JSON file is damaged.") from error
                continue
            # A number at the end of the buffer may go on.
            if end < len(self._buffer) or not self._more():
                self._at = end
                return value
