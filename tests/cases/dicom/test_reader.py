"""Every transfer syntax gives the same pixels, and facts survive their way through JSON."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate

from cases.dicom.errors import FAMILIES, refusal
from cases.dicom.reader import decode, read_image, sniff
from cases.dicom.types import DecodedImage, FileKind, ImageFacts, Limits
from tests.cases.dicom import factories as make


def read(data: bytes) -> DecodedImage:
    return decode(data, Limits())


@pytest.mark.parametrize("bits", [8, 10, 12, 15, 16])
@pytest.mark.parametrize("syntax", make.LOSSLESS)
def test_lossless_syntaxes_keep_every_bit(syntax: str, bits: int) -> None:
    pixels = make.chest_pixels(bits=bits)
    image = read(make.dicom_bytes(pixels, bits=bits, syntax=syntax))
    assert image.stored.dtype == np.uint16
    assert np.array_equal(image.stored, pixels)
    assert image.facts.grid.bits_stored == bits
    assert image.facts.study.transfer_syntax_uid == syntax


@pytest.mark.parametrize("syntax", make.LOSSLESS)
def test_signed_values_are_offset_by_half_the_range(syntax: str) -> None:
    unsigned = make.chest_pixels(bits=12)
    signed = (unsigned.astype(np.int32) - 2048).astype(np.int16)
    image = read(make.dicom_bytes(signed, syntax=syntax))
    assert image.facts.grid.pixel_offset == 2048
    assert np.array_equal(image.stored, unsigned)


def test_the_same_pixels_have_the_same_digest_in_every_syntax_and_header() -> None:
    digests = {read(make.dicom_bytes(syntax=syntax)).facts.pixel_sha256 for syntax in make.LOSSLESS}
    other_header = read(make.dicom_bytes(PatientID="2", PhotometricInterpretation="MONOCHROME1"))
    assert digests == {other_header.facts.pixel_sha256}


def test_other_pixels_another_shape_or_sign_have_another_digest() -> None:
    pixels = make.chest_pixels()
    variants = (pixels, pixels + np.uint16(1), pixels.T.copy(), pixels.view(np.int16))
    digests = {read(make.dicom_bytes(variant)).facts.pixel_sha256 for variant in variants}
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("syntax", "bits", "most"),
    [
        (make.JPEG_BASELINE, 8, 3),
        (make.JPEG_EXTENDED, 8, 3),
        (make.JPEG_LS_NEAR, 12, 2),
        (make.JPEG_2000, 12, 8),
    ],
)
def test_lossy_syntaxes_come_close_and_are_marked(syntax: str, bits: int, most: int) -> None:
    pixels = make.chest_pixels(bits=bits)
    image = read(make.dicom_bytes(pixels, bits=bits, syntax=syntax))
    assert np.abs(image.stored.astype(int) - pixels).max() <= most
    assert image.facts.warns("lossy")


def test_jpeg_extended_keeps_twelve_bits() -> None:
    pixels = np.kron(make.chest_pixels(6, 5), np.ones((8, 8), np.uint16))
    image = read(make.dicom_bytes(pixels, syntax=make.JPEG_EXTENDED))
    assert int(pixels.max()) > 255
    assert np.array_equal(image.stored, pixels)


def test_an_overlay_in_the_unused_bits_is_no_part_of_the_pixels() -> None:
    pixels = make.chest_pixels()
    assert np.array_equal(read(make.dicom_bytes(pixels | 0xF000)).stored, pixels)


def test_the_high_bit_places_the_sample() -> None:
    pixels = make.chest_pixels()
    data = make.dicom_bytes(pixels << 4, HighBit=15)
    assert np.array_equal(read(data).stored, pixels)


def test_eight_bits_in_big_endian_words_are_swapped_back() -> None:
    pixels = make.chest_pixels(5, 7, bits=8)
    content = pixels.tobytes() + b"\0"
    dataset = make.dicom_dataset(pixels, 8)
    dataset.PixelData = np.frombuffer(content, "<u2").byteswap().tobytes()
    dataset["PixelData"].VR = "OW"
    assert np.array_equal(read(make.written(dataset, make.EXPLICIT_BE)).stored, pixels)


def test_fragments_of_one_frame_are_joined() -> None:
    pixels = make.chest_pixels()
    frame = make.lossless_frame(pixels, 12, 1)
    dataset = make.dicom_dataset(pixels)
    make.set_frame(dataset, frame)
    dataset.PixelData = encapsulate([frame], fragments_per_frame=3, has_bot=False)
    assert np.array_equal(read(make.written(dataset, make.JPEG_LOSSLESS_SV1)).stored, pixels)


def test_explicit_elements_are_read_where_implicit_ones_were_announced() -> None:
    honest = make.dicom_bytes()
    lying = honest.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0", 1)
    assert np.array_equal(read(lying).stored, read(honest).stored)


# --- what it is --------------------------------------------------------------------------------


def test_the_kind_follows_from_the_content_not_from_the_name(tmp_path: Path) -> None:
    contents = {
        FileKind.DICOM: make.dicom_bytes(),
        FileKind.PNG: make.png_bytes(),
        FileKind.JPEG: make.jpeg_bytes(),
        FileKind.ZIP: make.zip_bytes({"a": b"b"}),
    }
    path = tmp_path / "report.pdf"
    for kind, content in contents.items():
        path.write_bytes(content)
        assert sniff(path) is kind


def test_reading_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(make.dicom_bytes())
    before = path.read_bytes(), path.stat().st_mtime_ns
    facts = read_image(path).facts
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert facts.size_bytes == len(before[0])


def test_every_code_belongs_to_one_family_and_says_something() -> None:
    codes = [code for family in FAMILIES for code in family.reasons]
    assert len(codes) == len(set(codes))
    for code in codes:
        error = refusal(code)
        assert error.code == code
        assert error.message == type(error).reasons[code]
        assert error.http_status in (400, 413, 415, 422)
    assert refusal("truncated", "half of it").message == "half of it"


def test_facts_survive_json() -> None:
    lut = make.lut_item(0, 16, [0, 9, 65535])
    facts = read(make.dicom_bytes(VOILUTSequence=[lut], WindowCenter=9, WindowWidth=3)).facts
    assert ImageFacts.from_json(facts.to_json()) == facts


@pytest.mark.parametrize("spoil", ["missing", "extra", "type", "kind", "nan", "list"])
def test_spoilt_json_is_a_value_error(spoil: str) -> None:
    plain = read(make.dicom_bytes()).facts.to_json()
    grid = plain["grid"]
    assert isinstance(grid, dict)
    if spoil == "missing":
        del plain["sha256"]
    elif spoil == "extra":
        plain["more"] = 1
    elif spoil == "type":
        plain["size_bytes"] = "12"
    elif spoil == "kind":
        plain["kind"] = "gif"
    elif spoil == "nan":
        grid["rescale_slope"] = float("nan")
    else:
        grid["windows"] = None
    with pytest.raises(ValueError, match=r"expected|valid"):
        ImageFacts.from_json(plain)
