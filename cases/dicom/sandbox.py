"""Decoding of strangers' files in a process of its own, bounded in memory and time.

Whatever the file does to that process, the caller gets facts or a ``FileRefused`` with a code.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import IO

from cases.dicom.errors import FAMILY_OF_CODE, DecoderFailed, NotAnImage, TooLarge, refusal
from cases.dicom.reader import sniff
from cases.dicom.types import (
    DISPLAY_NAME,
    FACTS_NAME,
    PIXELS_NAME,
    THUMBNAIL_NAME,
    FileKind,
    ImageFacts,
    Limits,
    RenderedFiles,
)

ROOT = Path(__file__).resolve().parents[2]
_DEFAULTS = Limits()
_MAX_MESSAGE = 500
_OUT_OF_MEMORY_WORDS = (b"bad_alloc", b"MemoryError", b"failed to map segment")

logger = logging.getLogger(__name__)


def inspect(path: Path, limits: Limits = _DEFAULTS) -> ImageFacts:
    """Decode the whole file and say what it is. Raises FileRefused. The file is only read."""
    return _run("inspect", path, "", limits)


def render(path: Path, out_dir: Path, limits: Limits = _DEFAULTS) -> RenderedFiles:
    """As ``inspect``, and write the files of ``RenderedFiles`` into the folder ``out_dir``.

    Raises FileRefused; then the folder may hold some of the files.
    """
    out = out_dir.resolve()
    facts = _run("render", path, str(out), limits)
    names = (PIXELS_NAME, DISPLAY_NAME, THUMBNAIL_NAME, FACTS_NAME)
    if not all((out / name).is_file() for name in names):
        raise DecoderFailed()
    return RenderedFiles(facts, *(out / name for name in names))


def _run(command: str, path: Path, out_dir: str, limits: Limits) -> ImageFacts:
    if path.stat().st_size > limits.max_file_bytes:
        raise TooLarge()
    if sniff(path) is FileKind.ZIP:
        raise NotAnImage("This is an archive, not an image.")
    arguments = [command, str(path.resolve()), out_dir, json.dumps(asdict(limits))]
    # Files, not pipes: nothing blocks when nobody reads, and only a bounded part is read back.
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as complaints:
        status = _wait(_start(arguments, answer, complaints), limits.wall_s)
        complaints.seek(max(0, complaints.tell() - 4096))
        last_words = complaints.read(4096)
        answer.seek(0)
        text = answer.read(limits.max_answer_bytes + 1)
    if status != 0:
        raise cause_of_death(status, last_words)
    return understand(text, limits.max_answer_bytes)


def _start(
    arguments: list[str], answer: IO[bytes], complaints: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-s", "-P", "-m", "cases.dicom.child", *arguments],
        cwd="/",
        env={
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            # One thread: each further one reserves address space, and the machine has other work.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=answer,
        stderr=complaints,
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], wall_s: int) -> int:
    """The exit status; the whole process group is gone afterwards, whatever happens here."""
    try:
        return process.wait(wall_s)
    except subprocess.TimeoutExpired:
        raise DecoderFailed(code="decoder_timeout") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def cause_of_death(status: int, last_words: bytes) -> DecoderFailed:
    """The failure behind an exit status (minus a signal's number) and the end of stderr."""
    logger.warning("the decoder ended with status %d", status)
    if status in (-signal.SIGXCPU, -signal.SIGALRM):
        return DecoderFailed(code="decoder_timeout")
    if any(words in last_words for words in _OUT_OF_MEMORY_WORDS):
        return DecoderFailed(code="decoder_memory")
    return DecoderFailed()


def understand(text: bytes, most: int) -> ImageFacts:
    """The facts in an answer. Raises the refusal in it, or DecoderFailed for anything else."""
    if len(text) > most:
        raise DecoderFailed()
    try:
        answer = json.loads(text)
        if set(answer) == {"facts"}:
            return ImageFacts.from_json(answer["facts"])
        refused = answer["refused"]
        code, message = str(refused["code"]), str(refused["message"])[:_MAX_MESSAGE]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DecoderFailed() from error
    if code not in FAMILY_OF_CODE:
        raise DecoderFailed()
    raise refusal(code, message)
