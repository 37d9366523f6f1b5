"""What is no single whole radiograph is refused, each reason by its own code."""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cases.dicom.errors import FileRefused, TooLarge
from cases.dicom.reader import decode, read_image
from cases.dicom.types import DecodedImage, FileKind, Limits
from tests.cases.dicom import factories as make


def read(data: bytes, **limits: int) -> DecodedImage:
    return decode(data, Limits(**limits))


def refused(data: bytes, **limits: int) -> str:
    with pytest.raises(FileRefused) as caught:
        read(data, **limits)
    assert caught.value.message
    return caught.value.code


def warned(**overrides: Any) -> set[str]:
    return {warning.code for warning in read(make.dicom_bytes(**overrides)).facts.warnings}


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


@pytest.mark.parametrize("syntax", [*make.LOSSLESS, make.JPEG_2000])
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
