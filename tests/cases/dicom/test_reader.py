"""Every transfer syntax gives the same pixels; what is no single radiograph is refused by code."""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.encaps import encapsulate

from cases.dicom.errors import FAMILIES, FileRefused, TooLarge, refusal
from cases.dicom.reader import decode, read_image, sniff
from cases.dicom.types import DecodedImage, FileKind, ImageFacts, Limits
from tests.cases.dicom import factories as make

LOSSLESS = (
    make.IMPLICIT_LE,
    make.EXPLICIT_LE,
    make.EXPLICIT_BE,
    make.DEFLATED,
    make.JPEG_LOSSLESS,
    make.JPEG_LOSSLESS_SV1,
    make.JPEG_LS,
    make.JPEG_2000_LOSSLESS,
    make.RLE,
)


def read(data: bytes, **limits: int) -> DecodedImage:
    return decode(data, Limits(**limits))


def refused(data: bytes, **limits: int) -> str:
    with pytest.raises(FileRefused) as caught:
        read(data, **limits)
    assert caught.value.message
    return caught.value.code


def warned(**overrides: Any) -> set[str]:
    return {warning.code for warning in read(make.dicom_bytes(**overrides)).facts.warnings}


# --- pixels -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [8, 10, 12, 15, 16])
@pytest.mark.parametrize("syntax", LOSSLESS)
def test_lossless_syntaxes_keep_every_bit(syntax: str, bits: int) -> None:
    pixels = make.chest_pixels(bits=bits)
    image = read(make.dicom_bytes(pixels, bits=bits, syntax=syntax))
    assert image.stored.dtype == np.uint16
    assert np.array_equal(image.stored, pixels)
    assert image.facts.grid.bits_stored == bits
    assert image.facts.study.transfer_syntax_uid == syntax


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_signed_values_are_offset_by_half_the_range(syntax: str) -> None:
    unsigned = make.chest_pixels(bits=12)
    signed = (unsigned.astype(np.int32) - 2048).astype(np.int16)
    image = read(make.dicom_bytes(signed, syntax=syntax))
    assert image.facts.grid.pixel_offset == 2048
    assert np.array_equal(image.stored, unsigned)


def test_the_same_pixels_have_the_same_digest_in_every_syntax_and_header() -> None:
    digests = {read(make.dicom_bytes(syntax=syntax)).facts.pixel_sha256 for syntax in LOSSLESS}
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


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"hello, world", "not_an_image"),
        (b"%PDF-1.7\n" + bytes(300), "not_an_image"),
        (b"GIF89a" + bytes(300), "not_an_image"),
        (b"\x1f\x8b\x08" + bytes(300), "unsupported_archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(300), "unsupported_archive"),
        (bytes(257) + b"ustar" + bytes(300), "unsupported_archive"),
        (make.zip_bytes({"a": b"b"}), "not_an_image"),
    ],
)
def test_what_is_no_image_is_refused(content: bytes, code: str) -> None:
    assert refused(content) == code


@pytest.mark.parametrize(
    "start", [b"MZ", b"\x7fELF", b"<!DOCTYPE html>", b"#!/bin/sh\n", b"PK\x03\x04"]
)
def test_a_preamble_that_makes_it_another_file_as_well_is_refused(start: bytes) -> None:
    assert refused(make.dicom_bytes(preamble=start.ljust(128, b"\0"))) == "suspicious_preamble"


@pytest.mark.parametrize("start", [b"II*\0\x10\0", b"MM\0*\0\0"])
def test_a_tiff_header_in_the_preamble_is_fine(start: bytes) -> None:
    assert read(make.dicom_bytes(preamble=start.ljust(128, b"\0"))).facts.kind is FileKind.DICOM


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"Modality": "US"}, "modality_not_accepted"),
        ({"Modality": "CT"}, "modality_not_accepted"),
        ({"Modality": None}, "modality_not_accepted"),
        ({"NumberOfFrames": 2}, "several_frames"),
        ({"PhotometricInterpretation": "RGB"}, "colour_image"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "colour_image"),
        ({"SamplesPerPixel": 3}, "colour_image"),
        ({"Rows": 0}, "size_invalid"),
        ({"Columns": None}, "size_invalid"),
        ({"Rows": 65535, "Columns": 65535}, "image_too_large"),
        ({"BitsAllocated": 32}, "unsupported_bit_depth"),
        ({"BitsStored": 17}, "unsupported_bit_depth"),
        ({"PixelData": None}, "no_pixels"),
        ({"PixelData": b""}, "no_pixels"),
        ({"Rows": 49}, "truncated"),
        ({"SOPInstanceUID": None}, "sop_instance_uid_missing"),
        ({"PresentationIntentType": "FOR PROCESSING"}, "for_processing"),
        ({"SOPClassUID": f"{make.DX_CLASS}.1"}, "for_processing"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.33"}, "structured_report"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1"}, "encapsulated_document"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.11.1"}, "presentation_state"),
        ({"SOPClassUID": "1.2.840.10008.1.3.10"}, "dicomdir"),
    ],
)
def test_what_is_no_single_radiograph_is_refused(overrides: dict[str, Any], code: str) -> None:
    assert refused(make.dicom_bytes(**overrides)) == code


@pytest.mark.parametrize(
    "uid", ["1.2.03", "1..2", "1.2.x", "1", "1." + "1" * 63, "../../etc/passwd"]
)
def test_an_invalid_sop_instance_uid_is_refused(uid: str) -> None:
    dataset = make.dicom_dataset()
    dataset.add_new("SOPInstanceUID", "UT", uid)  # a type that pydicom writes unchecked
    assert refused(make.written(dataset)) == "sop_instance_uid_invalid"


def test_unknown_and_missing_transfer_syntaxes_are_refused() -> None:
    video = make.dicom_dataset()
    make.set_frame(video, b"\0\0\1\xb3")
    assert refused(make.written(video, "1.2.840.10008.1.2.4.100")) == "unsupported_transfer_syntax"
    assert refused(make.written(make.dicom_dataset(), "")) == "no_transfer_syntax"


def test_secondary_capture_of_a_radiograph_is_accepted_with_a_warning() -> None:
    assert warned(SOPClassUID=make.SECONDARY_CAPTURE) == {"unusual_sop_class"}
    assert warned(SOPClassUID=make.DX_CLASS, Modality="DX") == set()


# --- damaged and hostile -----------------------------------------------------------------------


@pytest.mark.parametrize("syntax", [*LOSSLESS, make.JPEG_2000])
def test_no_cut_off_file_is_accepted(syntax: str) -> None:
    data = make.dicom_bytes(make.chest_pixels(32, 32), syntax=syntax)
    padding = 1 if syntax == make.DEFLATED else 0
    for length in (*range(0, len(data), 17), len(data) - 8, len(data) - 2, len(data) - 1 - padding):
        assert refused(data[:length])


def test_a_cut_in_the_pixels_is_called_truncated() -> None:
    assert refused(make.dicom_bytes()[:-1000]) == "truncated"


def test_a_compressed_frame_without_its_end_is_truncated() -> None:
    pixels = make.chest_pixels()
    dataset = make.dicom_dataset(pixels)
    make.set_frame(dataset, make.lossless_frame(pixels, 12, 1)[:-40])
    assert refused(make.written(dataset, make.JPEG_LOSSLESS_SV1)) == "truncated"


def test_zeros_behind_the_last_element_are_no_damage() -> None:
    assert read(make.dicom_bytes() + bytes(100)).stored.shape == (48, 40)


def test_an_element_longer_than_the_file_is_refused() -> None:
    data = make.dicom_bytes()
    at = data.index(b"\x08\x00\x60\x00CS")
    lie = make.element_bytes((0x0008, 0x0061), b"UT", b"", length=0xFFFFFFF0)
    assert refused(data[:at] + lie + data[at:]) == "element_beyond_file"


def test_three_thousand_nested_sequences_are_refused() -> None:
    data = make.dicom_bytes()
    at = data.index(b"\x28\x00\x02\x00US")
    level = make.element_bytes((0x0008, 0x1140), b"SQ", b"", 0xFFFFFFFF)
    nested = (level + b"\xfe\xff\x00\xe0\xff\xff\xff\xff") * 3000
    assert refused(data[:at] + nested + data[at:]) == "nested_too_deep"


def test_a_header_of_countless_elements_is_refused() -> None:
    data = make.dicom_bytes()
    at = data.index(b"\x28\x00\x02\x00US")
    many = make.element_bytes((0x0009, 0x1001), b"LO", b"") * 150_000
    assert refused(data[:at] + many + data[at:]) == "too_many_elements"


def test_a_deflate_bomb_is_refused_without_unpacking_it() -> None:
    honest = make.dicom_bytes(syntax=make.DEFLATED)
    start = honest.index(b"1.2.840.10008.1.2.1.99") + 22
    meta, stream = honest[:start], zlib.compressobj(9, wbits=-15)
    bomb = b"".join(stream.compress(bytes(1 << 20)) for _ in range(40)) + stream.flush()
    assert len(bomb) < 100_000
    assert refused(meta + bomb, max_pixels=1_000_000) == "expands_too_much"


def test_an_rle_bomb_is_refused_without_unpacking_it() -> None:
    pixels = make.chest_pixels(bits=8)
    dataset = make.dicom_dataset(pixels, 8)
    header = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56)
    make.set_frame(dataset, header + b"\x81\x00" * 500_000)
    assert refused(make.written(dataset, make.RLE)) == "expands_too_much"


@pytest.mark.parametrize("syntax", [make.JPEG_LS, make.JPEG_2000_LOSSLESS, make.JPEG_LOSSLESS_SV1])
def test_a_frame_of_another_size_than_the_header_is_refused_before_decoding(syntax: str) -> None:
    data = make.dicom_bytes(make.chest_pixels(48, 40), syntax=syntax)
    at = data.index(b"\x28\x00\x10\x00US") + 8
    assert refused(data[:at] + (64).to_bytes(2, "little") + data[at + 2 :]) == "pixels_do_not_match"


def test_rubbish_instead_of_a_frame_is_refused() -> None:
    dataset = make.dicom_dataset()
    make.set_frame(dataset, b"\0rubbish" * 50)
    for syntax in (make.JPEG_LS, make.JPEG_2000, make.JPEG_BASELINE):
        assert refused(make.written(dataset, syntax)) == "pixels_undecodable"
    assert refused(make.written(dataset, make.RLE)) == "pixels_do_not_match"


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(make.dicom_bytes())
    with pytest.raises(TooLarge) as caught:
        read_image(path, Limits(max_file_bytes=100))
    assert (caught.value.code, caught.value.http_status) == ("file_too_large", 413)


def test_what_nobody_foresaw_is_a_refusal_too(tmp_path: Path) -> None:
    path = tmp_path / "image"
    honest = bytearray(make.dicom_bytes(syntax=make.RLE))
    random = np.random.default_rng(7)
    for _ in range(150):
        data = honest.copy()
        for place in random.integers(132, len(data), 4):
            data[place] = random.integers(256)
        path.write_bytes(data)
        with suppress(FileRefused):  # any other exception fails the test
            read_image(path)


# --- codes and JSON -----------------------------------------------------------------------------


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
