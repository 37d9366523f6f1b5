"""Near-duplicate pictures across splits, by perceptual hash: a leak no patient id shows."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotations.exports.types import Split

HASH_SIDE = 16  # 256 bits: chest radiographs look alike, 64 bits do not tell them apart
FINGERPRINT_BYTES = HASH_SIDE**2 // 8
MOST_BITS = 12
CHUNK = 512


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two images in different splits; ``bits``: how many of the 256 bits of their hashes differ."""

    first: str
    second: str
    bits: int


def fingerprint_of(png: bytes) -> bytes:
    """32 bytes that nearly the same pictures nearly share. Source: DCT, Zauner 2010."""
    with Image.open(BytesIO(png)) as picture:
        bits = imagehash.phash(picture, hash_size=HASH_SIDE).hash
    return np.packbits(bits).tobytes()


class NearDuplicates:
    """Keeps the fingerprint of each image."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._splits: list[str] = []
        self._hashes: list[NDArray[np.uint8]] = []

    def add(self, key: str, split: Split, fingerprint: bytes) -> None:
        self._keys.append(key)
        self._splits.append(split.value)
        self._hashes.append(np.frombuffer(fingerprint, np.uint8))

    def pairs(self, most: int = 50) -> tuple[int, tuple[NearDuplicate, ...]]:
        """How many pairs of images in two splits are nearly the same, and the nearest of them."""
        if not self._keys:
            return 0, ()
        hashes, splits = np.stack(self._hashes), np.array(self._splits)
        found: list[NearDuplicate] = []
        for start in range(0, len(hashes), CHUNK):
            rows = slice(start, start + CHUNK)
            bits = np.bitwise_count(hashes[rows, None] ^ hashes[None]).sum(axis=2, dtype=np.int64)
            apart = splits[rows, None] != splits[None]
            after = np.arange(len(hashes))[None] > np.arange(start, start + len(bits))[:, None]
            for row, column in np.argwhere((bits <= MOST_BITS) & apart & after):
                near = NearDuplicate(
                    self._keys[start + row], self._keys[column], int(bits[row, column])
                )
                found.append(near)
        found.sort(key=lambda pair: (pair.bits, pair.first, pair.second))
        return len(found), tuple(found[:most])
