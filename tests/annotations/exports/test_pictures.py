"""Pictures hold pixels and nothing else."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from annotations.exports.errors import PictureInvalid
from annotations.exports.pictures import (
    encode_picture,
    holds_only_pixels,
    picture_size,
    recode_picture,
    without_metadata,
)

PIXELS = (np.arange(12 * 20) % 256).astype(np.uint8).reshape(12, 20)
SECRET = b"Smith^John"


def with_text() -> bytes:
    info = PngInfo()
    info.add_text("Patient", SECRET.decode())
    stream = BytesIO()
    Image.fromarray(PIXELS).save(stream, "PNG", pnginfo=info, dpi=(72, 72))
    return stream.getvalue()


def shown(png: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED))


def test_the_pixels_come_back_and_equal_pixels_give_equal_bytes() -> None:
    png = encode_picture(PIXELS)
    assert np.array_equal(shown(png), PIXELS)
    assert holds_only_pixels(png)
    assert picture_size(png) == (20, 12)
    assert encode_picture(PIXELS.copy()) == png


def test_text_in_a_picture_is_gone_afterwards() -> None:
    png = with_text()
    assert SECRET in png
    assert not holds_only_pixels(png)
    for clean in (without_metadata(png), recode_picture(png, width_px=20, height_px=12)):
        assert SECRET not in clean
        assert holds_only_pixels(clean)
        assert np.array_equal(shown(clean), PIXELS)


def test_bytes_behind_the_end_are_seen_and_gone() -> None:
    png = encode_picture(PIXELS) + SECRET
    assert not holds_only_pixels(png)
    assert SECRET not in recode_picture(png, width_px=20, height_px=12)


def test_bytes_hidden_behind_the_compressed_pixels_are_gone() -> None:
    rows = b"".join(b"\0" + row.tobytes() for row in PIXELS)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 20, 12, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IDAT", SECRET)
    png = b"\x89PNG\r\n\x1a\n" + head + data + chunk(b"IEND", b"")
    assert holds_only_pixels(png)
    assert SECRET not in recode_picture(png, width_px=20, height_px=12)


@pytest.mark.parametrize("png", [b"", b"GIF89a", encode_picture(PIXELS)[:40]])
def test_what_is_no_picture_is_refused(png: bytes) -> None:
    with pytest.raises(PictureInvalid):
        recode_picture(png, width_px=20, height_px=12)
    assert not holds_only_pixels(png)


def test_another_size_or_depth_is_refused() -> None:
    with pytest.raises(PictureInvalid):
        recode_picture(encode_picture(PIXELS), width_px=12, height_px=20)
    deep = cv2.imencode(".png", PIXELS.astype(np.uint16))[1].tobytes()
    with pytest.raises(PictureInvalid):
        recode_picture(deep, width_px=20, height_px=12)
    for pixels in (PIXELS.astype(np.float32), np.zeros((2, 2, 3), np.uint8), PIXELS[:0]):
        with pytest.raises(PictureInvalid):
            encode_picture(pixels)
