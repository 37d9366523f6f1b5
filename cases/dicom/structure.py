"""A walk over the skeleton of a DICOM data set before any library parses it.

The walk is a loop, not a recursion, and trusts nothing: every length is checked against what holds
it, depth and number of elements are bounded, and the pixel element is found without being copied.
Source: DICOM PS3.5 7.1 (elements), 7.5 (sequences), A.4 (encapsulated pixels).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from cases.dicom.errors import FileDamaged

MAX_DEPTH = 64
MAX_ELEMENTS = 100_000
UNDEFINED = 0xFFFFFFFF
PIXEL_DATA = (0x7FE0, 0x0010)
ITEM, ITEM_END, SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
LONG_VRS = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)

Tag = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the elements of a data set are written."""

    implicit: bool
    little_endian: bool


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the Pixel Data stand. ``fragments``: (start, end) of each, offset table left out."""

    header: int
    start: int
    end: int
    vr: bytes
    fragments: tuple[tuple[int, int], ...] | None


@dataclass(frozen=True, slots=True)
class _Element:
    tag: Tag
    vr: bytes
    length: int
    header: int
    value: int


def read_meta(data: bytes, start: int) -> tuple[str, str, int]:
    """File meta group at ``start``: (SOP Class UID, Transfer Syntax UID, start of the data set).

    Raises FileDamaged. Source: DICOM PS3.10 7.1.
    """
    walk, found = _Walk(data, Encoding(implicit=False, little_endian=True)), {}
    walk.position = start
    while data[walk.position : walk.position + 2] == b"\x02\x00":
        element = walk.read_element(Encoding(implicit=False, little_endian=True))
        walk.position = walk.end_of(element)
        value = data[element.value : walk.position] if element.vr == b"UI" else b""
        found[element.tag[1]] = value.decode("ascii", "replace").strip(" \0")
    return found.get(0x0002, ""), found.get(0x0010, ""), walk.position


def looks_implicit(data: bytes, start: int) -> bool:
    """Whether the first element carries no type: some writers announce the other encoding."""
    vr = data[start + 4 : start + 6]
    return not (vr.isalpha() and vr.isupper())


def find_pixels(data: bytes, encoding: Encoding) -> PixelElement | None:
    """Check the whole skeleton; the pixel element at top level, None if there is none.

    Raises FileDamaged: truncated, element_beyond_file, nested_too_deep, too_many_elements, damaged.
    """
    return _Walk(data, encoding).run()


class _Walk:
    """The open containers are a stack of (end or None, is it a list of items, encoding)."""

    def __init__(self, data: bytes, encoding: Encoding) -> None:
        self.data = data
        self.position = 0
        self.stack: list[tuple[int | None, bool, Encoding]] = [(len(data), False, encoding)]
        self.pixels: PixelElement | None = None

    def run(self) -> PixelElement | None:
        for _ in range(MAX_ELEMENTS):
            self._close_full_containers()
            if not self.stack:
                return self.pixels
            self._step()
        raise FileDamaged(code="too_many_elements")

    def _close_full_containers(self) -> None:
        while self.stack and self.stack[-1][0] is not None and self.position >= self.stack[-1][0]:
            if self.position > self.stack[-1][0]:
                raise FileDamaged(code="element_beyond_file")
            self.stack.pop()

    def _step(self) -> None:
        end, in_items, encoding = self.stack[-1]
        if self.pixels and len(self.stack) == 1 and self._only_zeros_left():
            self.position = len(self.data)  # some writers fill up the last block with zeros
            return
        element = self.read_element(encoding)
        if in_items or element.tag[0] == 0xFFFE:
            self._step_delimiter(element, in_items, end, encoding)
        elif element.tag == PIXEL_DATA:
            self._take_pixels(element, encoding)
        elif element.length == UNDEFINED:
            # UN of undefined length holds implicit little endian items (PS3.5 6.2.2, note).
            inner = Encoding(True, True) if element.vr == b"UN" else encoding
            self._open(None, True, inner)
        elif element.vr == b"SQ":
            self._open(self.end_of(element), True, encoding)
        else:
            self.position = self.end_of(element)

    def _only_zeros_left(self) -> bool:
        return self.data.count(0, self.position) == len(self.data) - self.position

    def _step_delimiter(
        self, element: _Element, in_items: bool, end: int | None, encoding: Encoding
    ) -> None:
        if element.tag == ITEM and in_items:
            item_end = None if element.length == UNDEFINED else self.end_of(element)
            self._open(item_end, False, encoding)
        elif element.tag == (SEQUENCE_END if in_items else ITEM_END) and end is None:
            self.stack.pop()
        elif element.tag != (SEQUENCE_END if in_items else ITEM_END):
            raise FileDamaged("A sequence is not built of items.", code="damaged")
        # A delimiter after a container of known length is superfluous and does no harm.

    def _open(self, end: int | None, in_items: bool, encoding: Encoding) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise FileDamaged(code="nested_too_deep")
        self.stack.append((end, in_items, encoding))

    def end_of(self, element: _Element) -> int:
        end = element.value + element.length
        holder = next(bound for bound, _, _ in reversed(self.stack) if bound is not None)
        if end > len(self.data):
            # The usual cut-off file ends within its pixels; a monstrous length elsewhere is a lie.
            code = "truncated" if element.tag == PIXEL_DATA else "element_beyond_file"
            raise FileDamaged(code=code)
        if end > holder:
            raise FileDamaged(code="element_beyond_file")
        return end

    def read_element(self, encoding: Encoding) -> _Element:
        """The element header at the position; the position moves behind it."""
        start, order = self.position, "<" if encoding.little_endian else ">"
        group, number = self._unpack(order + "HH", start)
        tag = (group, number)
        if group == 0xFFFE or encoding.implicit:
            vr, length, size = b"", self._unpack(order + "L", start + 4)[0], 8
        else:
            vr = self.data[start + 4 : start + 6]
            if not (vr.isalpha() and vr.isupper()):
                raise FileDamaged(f"Element ({group:04X},{number:04X}) has no valid type.")
            if vr in LONG_VRS:
                length, size = self._unpack(order + "L", start + 8)[0], 12
            else:
                length, size = self._unpack(order + "H", start + 6)[0], 8
        self.position = start + size
        return _Element(tag, vr, length, start, self.position)

    def _unpack(self, form: str, at: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(form, self.data, at)
        except struct.error as error:
            raise FileDamaged(code="truncated") from error

    def _take_pixels(self, element: _Element, encoding: Encoding) -> None:
        fragments = None
        if element.length == UNDEFINED:
            fragments = self._read_fragments(encoding)
        else:
            self.position = self.end_of(element)
        if len(self.stack) == 1:  # deeper ones are icons
            self.pixels = PixelElement(
                element.header, element.value, self.position, element.vr, fragments
            )

    def _read_fragments(self, encoding: Encoding) -> tuple[tuple[int, int], ...]:
        fragments: list[tuple[int, int]] = []
        for _ in range(MAX_ELEMENTS):
            item = self.read_element(encoding)
            if item.tag == SEQUENCE_END:
                return tuple(fragments[1:])
            if item.tag != ITEM or item.length == UNDEFINED:
                raise FileDamaged("The compressed pixels are not built of items.")
            self.position = item.value + item.length
            if self.position > len(self.data):
                raise FileDamaged(code="truncated")
            fragments.append((item.value, self.position))
        raise FileDamaged(code="too_many_elements")
