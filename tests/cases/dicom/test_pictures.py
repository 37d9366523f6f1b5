"""PNG and JPEG keep their depth, colour becomes luminance, lies about size are caught early."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cases.dicom.errors import FileRefused
from cases.dicom.pixels import to_uint8
from cases.dicom.reader import decode
from cases.dicom.types import DecodedImage, FileKind, Limits
from tests.cases.dicom import factories as make

GREY8, GREY16 = make.chest_pixels(bits=8), make.chest_pixels(bits=16)


def read(data: bytes) -> DecodedImage:
    return decode(data, Limits())


def refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(FileRefused) as caught:
        decode(data, limits or Limits())
    return caught.value.code


def codes(image: DecodedImage) -> list[str]:
    return [warning.code for warning in image.facts.warnings]


def with_alpha(samples: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    return np.dstack((samples, alpha.astype(samples.dtype)))


@pytest.mark.parametrize(("samples", "bits"), [(GREY8, 8), (GREY16, 16)])
def test_grey_png_keeps_its_depth(samples: NDArray[Any], bits: int) -> None:
    image = read(make.png_bytes(samples))
    assert image.facts.kind is FileKind.PNG
    assert image.facts.grid.bits_stored == bits
    assert np.array_equal(image.stored, samples)
    assert codes(image) == ["no_identity"]


@pytest.mark.parametrize("samples", [GREY8, GREY16])
def test_rgb_with_equal_channels_is_grey_to_the_bit(samples: NDArray[Any]) -> None:
    image = read(make.png_bytes(np.dstack((samples,) * 3)))
    assert np.array_equal(image.stored, samples)
    assert codes(image) == ["no_identity"]


@pytest.mark.parametrize(("kind", "top"), [(np.uint8, 255), (np.uint16, 65_535)])
def test_colour_becomes_luminance_with_a_warning(kind: type, top: int) -> None:
    # ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B
    colours = np.array([[[top, 0, 0], [0, top, 0], [0, 0, top]]], kind)
    image = read(make.png_bytes(colours))
    assert image.stored.tolist() == [[round(0.299 * top), round(0.587 * top), round(0.114 * top)]]
    assert codes(image) == ["no_identity", "colour_made_grey"]


@pytest.mark.parametrize("samples", [GREY8, GREY16])
def test_full_alpha_changes_nothing(samples: NDArray[Any]) -> None:
    opaque = np.full(samples.shape, np.iinfo(samples.dtype).max)
    for picture in (with_alpha(samples, opaque), with_alpha(np.dstack((samples,) * 3), opaque)):
        image = read(make.png_bytes(picture))
        assert np.array_equal(image.stored, samples)
        assert codes(image) == ["no_identity"]


def test_transparent_parts_are_laid_on_black_with_a_warning() -> None:
    samples = np.array([[200, 200, 200]], np.uint8)
    image = read(make.png_bytes(with_alpha(samples, np.array([[255, 51, 0]]))))
    assert image.stored.tolist() == [[200, 40, 0]]
    assert codes(image) == ["no_identity", "transparency_removed"]


def test_a_palette_is_looked_up() -> None:
    indices = np.array([[0, 1, 2]], np.uint8)
    image = read(make.png_bytes(indices, palette=bytes((9, 9, 9, 80, 80, 80, 255, 255, 255))))
    assert image.stored.tolist() == [[9, 80, 255]]
    coloured = read(make.png_bytes(indices, palette=bytes((0, 0, 0, 255, 0, 0, 0, 255, 0))))
    assert coloured.stored.tolist() == [[0, 76, 150]]
    assert coloured.facts.warns("colour_made_grey")


def test_an_eight_bit_picture_is_displayed_as_it_is() -> None:
    image = read(make.png_bytes(GREY8))
    assert np.array_equal(to_uint8(image.stored, image.facts.grid), GREY8)


def test_a_sixteen_bit_picture_is_displayed_by_its_own_range() -> None:
    twelve = make.chest_pixels(bits=12)
    image = read(make.png_bytes(twelve))
    shown = to_uint8(image.stored, image.facts.grid)
    assert (shown.min(), shown.max()) == (0, 255)


def test_grey_jpeg() -> None:
    image = read(make.jpeg_bytes(GREY8))
    assert image.facts.kind is FileKind.JPEG
    assert np.abs(image.stored.astype(int) - GREY8).max() <= 3
    assert codes(image) == ["no_identity", "lossy"]


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_colour_jpeg_of_a_grey_image_stays_close(mode: str) -> None:
    image = read(make.jpeg_bytes(GREY8, mode=mode))
    assert np.abs(image.stored.astype(int) - GREY8).max() <= 6


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [(1, GREY8), (3, GREY8[::-1, ::-1]), (6, np.rot90(GREY8, -1)), (8, np.rot90(GREY8))],
)
def test_exif_orientation_is_applied(orientation: int, turned: NDArray[Any]) -> None:
    image = read(make.jpeg_bytes(GREY8, orientation=orientation))
    assert image.stored.shape == turned.shape == (image.facts.grid.rows, image.facts.grid.columns)
    assert np.abs(image.stored.astype(int) - turned).max() <= 3
    assert image.facts.warns("rotated") == (orientation != 1)


@pytest.mark.parametrize("whole", [make.png_bytes(), make.jpeg_bytes()])
def test_no_cut_off_picture_is_accepted(whole: bytes) -> None:
    for length in (*range(4, len(whole), 31), len(whole) - 2, len(whole) - 1):
        assert refused(whole[:length])
    assert refused(whole[:-1]) == "truncated"


def test_a_png_with_too_few_rows_of_pixels_is_truncated() -> None:
    assert refused(make.png_bytes(GREY8, size=(GREY8.shape[0] + 1, GREY8.shape[1]))) == "truncated"


def test_a_png_that_unpacks_to_more_than_its_size_is_refused() -> None:
    assert refused(make.png_bytes(np.zeros((3000, 3000), np.uint8), size=(10, 10))) == (
        "expands_too_much"
    )


def test_a_wrong_checksum_is_damage() -> None:
    whole = bytearray(make.png_bytes())
    whole[-20] ^= 1
    assert refused(bytes(whole)) == "damaged"


def test_interlaced_pngs_of_every_small_size_are_whole() -> None:
    for rows, columns in ((1, 1), (2, 5), (5, 2), (8, 9), (17, 3)):
        samples = make.chest_pixels(rows, columns, bits=8)
        assert np.array_equal(read(make.interlaced_png_bytes(samples)).stored, samples)


def test_a_text_chunk_bomb_is_refused() -> None:
    bomb = b"Comment\0\0" + zlib.compress(bytes(80 << 20), 9)
    assert refused(make.png_bytes(chunks=[(b"zTXt", bomb)])) == "damaged"


def test_size_is_checked_before_decoding() -> None:
    assert refused(make.png_bytes(size=(10_000, 10_000))) == "image_too_large"
    assert refused(make.png_bytes(size=(0, 10))) == "size_invalid"
    whole = make.jpeg_bytes()
    at = whole.index(b"\xff\xc0") + 5
    assert refused(whole[:at] + struct.pack(">HH", 65_535, 65_535) + whole[at + 4 :]) == (
        "image_too_large"
    )
    assert refused(whole[:at] + bytes(4) + whole[at + 4 :]) == "size_invalid"
    assert refused(make.png_bytes(), Limits(max_pixels=100)) == "image_too_large"


def test_an_animation_is_refused() -> None:
    assert refused(make.png_bytes(chunks=[(b"acTL", struct.pack(">LL", 2, 0))])) == "several_frames"


def test_data_behind_a_png_is_warned_of() -> None:
    assert read(make.png_bytes() + b"<html>").facts.warns("trailing_data")


def test_pictures_carry_no_identity_and_no_distance() -> None:
    facts = read(make.jpeg_bytes()).facts
    assert (facts.identity.patient_id, facts.study.sop_instance_uid) == ("", "")
    assert facts.grid.spacing_mm is None
    assert facts.warns("no_identity")
