"""Whatever a file does to the process that decodes it, the caller gets facts or a coded refusal."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from cases.dicom import sandbox
from cases.dicom.errors import DecoderFailed, FileRefused
from cases.dicom.pixels import to_uint8
from cases.dicom.reader import read_image
from cases.dicom.types import MEBIBYTE, ImageFacts, Limits
from tests.cases.dicom import factories as make


def stored(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "upload -x; $(id)"
    path.write_bytes(content)
    return path


def refused(tmp_path: Path, content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(FileRefused) as caught:
        sandbox.inspect(stored(tmp_path, content), limits or Limits())
    return caught.value.code


def test_inspect_finds_what_reading_finds(tmp_path: Path) -> None:
    for content in (make.dicom_bytes(syntax=make.JPEG_LS), make.png_bytes(), make.jpeg_bytes()):
        path = stored(tmp_path, content)
        assert sandbox.inspect(path) == read_image(path).facts


def test_the_child_knows_nothing_of_the_parents_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Either would break the child's start, were it handed on.
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    assert sandbox.inspect(stored(tmp_path, make.png_bytes())).size_bytes > 0


def test_render_writes_pixels_display_thumbnail_and_facts(tmp_path: Path) -> None:
    pixels = make.chest_pixels(500, 400)
    path = stored(tmp_path, make.dicom_bytes(pixels, PhotometricInterpretation="MONOCHROME1"))
    out = tmp_path / "out"
    out.mkdir()
    files = sandbox.render(path, out)
    image = read_image(path)
    raw = np.frombuffer(gzip.decompress(files.pixels.read_bytes()), "<u2").reshape(500, 400)
    assert np.array_equal(raw, pixels)
    display = cv2.imread(str(files.display), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(display, to_uint8(image.stored, image.facts.grid))
    thumbnail = cv2.imread(str(files.thumbnail), cv2.IMREAD_UNCHANGED)
    assert thumbnail.shape == (320, 256)
    assert ImageFacts.from_json(json.loads(files.facts_json.read_bytes())) == files.facts
    assert files.facts == image.facts
    assert sorted(path.name for path in out.iterdir()) == [
        "display.png",
        "facts.json",
        "pixels.u16.gz",
        "thumbnail.jpg",
    ]


def test_rendering_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    path, out = stored(tmp_path, make.dicom_bytes()), tmp_path
    first = sandbox.render(path, out).pixels.read_bytes()
    assert sandbox.render(path, out).pixels.read_bytes() == first


def test_a_refusal_crosses_with_its_code_and_message(tmp_path: Path) -> None:
    path = stored(tmp_path, make.dicom_bytes(Modality="US"))
    with pytest.raises(FileRefused, match="US") as caught:
        sandbox.inspect(path)
    assert (caught.value.code, caught.value.http_status) == ("modality_not_accepted", 422)


def test_a_codec_that_aborts_its_process_is_a_refusal(tmp_path: Path) -> None:
    pixels = make.chest_pixels()
    dataset = make.dicom_dataset(pixels)
    # gdcm calls abort() for a table without its marker.
    frame = make.lossless_frame(pixels, 12, 1).replace(b"\xff\xc4", b"\0\xc4", 1)
    make.set_frame(dataset, frame)
    content = make.written(dataset, make.JPEG_LOSSLESS_SV1)
    assert refused(tmp_path, content) in ("decoder_crashed", "pixels_undecodable")


def test_too_little_memory_is_a_refusal(tmp_path: Path) -> None:
    black = make.dicom_bytes(np.zeros((7000, 7000), np.uint16), syntax=make.DEFLATED)
    assert refused(tmp_path, black, Limits(memory_bytes=280 * MEBIBYTE)) == "decoder_memory"
    assert sandbox.inspect(stored(tmp_path, black)).grid.rows == 7000


@pytest.mark.parametrize("mebibytes", [40, 80, 120])
def test_memory_that_does_not_even_suffice_to_start_is_a_refusal(
    tmp_path: Path, mebibytes: int
) -> None:
    code = refused(tmp_path, make.dicom_bytes(), Limits(memory_bytes=mebibytes * MEBIBYTE))
    assert code in ("decoder_memory", "decoder_crashed")


def children() -> set[str]:
    lists = Path("/proc/self/task").glob("*/children")
    return {pid for path in lists for pid in path.read_text().split()}


def test_a_decoder_out_of_time_is_killed_with_its_group(tmp_path: Path) -> None:
    started, before = time.monotonic(), children()
    assert refused(tmp_path, make.dicom_bytes(), Limits(wall_s=0)) == "decoder_timeout"
    assert time.monotonic() - started < 5
    assert children() <= before  # none is left, not even a dead one


@pytest.mark.parametrize(
    ("status", "last_words", "code"),
    [
        (-11, b"", "decoder_crashed"),
        (-6, b"terminate called", "decoder_crashed"),
        (-6, b"what():  std::bad_alloc", "decoder_memory"),
        (1, b"MemoryError", "decoder_memory"),
        (1, b"Traceback ...", "decoder_crashed"),
        (-9, b"", "decoder_crashed"),
        (-24, b"", "decoder_timeout"),
        (-14, b"", "decoder_timeout"),
    ],
)
def test_every_way_to_die_has_a_code(status: int, last_words: bytes, code: str) -> None:
    assert sandbox.cause_of_death(status, last_words).code == code


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"rubbish",
        b"\xff\xfe",
        b"[]",
        b"1",
        b"{}",
        b'{"facts": {}}',
        b'{"facts": null}',
        b'{"refused": "yes"}',
        b'{"refused": {"code": "no_such_code", "message": ""}}',
        b"[" * 100_000,
        b" " * 2000,
    ],
)
def test_a_garbled_answer_is_a_crash(text: bytes) -> None:
    with pytest.raises(DecoderFailed) as caught:
        sandbox.understand(text, 1000 if text.startswith(b" ") else 1_000_000)
    assert caught.value.code == "decoder_crashed"


def test_large_files_and_archives_do_not_even_start_a_process(tmp_path: Path) -> None:
    assert refused(tmp_path, make.dicom_bytes(), Limits(max_file_bytes=10)) == "file_too_large"
    assert refused(tmp_path, make.zip_bytes({"a": b"b"})) == "not_an_image"
    assert refused(tmp_path, b"") == "empty_file"
