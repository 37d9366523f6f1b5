"""The size of a PNG or JPEG from its first bytes, without decoding: enough for a dry run."""

from __future__ import annotations

import struct
from pathlib import Path

_PNG = b"\x89PNG\r\n\x1a\n"
_HEAD_BYTES = 1 << 16
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def picture_size(path: Path) -> tuple[int, int] | None:
    """(width, height) in pixels; None for anything else. Source: PNG 11.2.1, ISO 10918-1 B.2.2."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    try:
        if head.startswith(_PNG):
            width, height = struct.unpack_from(">II", head, 16)
            return int(width), int(height)
        return _jpeg_size(head) if head.startswith(b"\xff\xd8") else None
    except struct.error:
        return None


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF:
        marker, length = struct.unpack_from(">xBH", head, at)
        if marker in _SOF:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return int(width), int(height)
        at += 2 + length
    return None
