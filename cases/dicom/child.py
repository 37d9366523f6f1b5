"""The process that touches a stranger's file: ``python -m cases.dicom.child inspect|render ...``.

Arguments: command, file, folder for the results ("" for inspect), ``Limits`` as JSON. It bounds
itself before it opens the file and answers with one JSON object on stdout: {"facts": ...} or
{"refused": {"code": ..., "message": ...}}. Any other end is a crash.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path

from cases.dicom.errors import DecoderFailed, FileRefused
from cases.dicom.serial import JsonValue, from_plain
from cases.dicom.types import MEBIBYTE, Limits

MAX_OUTPUT_BYTES = 1024 * MEBIBYTE
# What C code says before it gives up for want of memory.
OUT_OF_MEMORY = ("failed to map segment", "Insufficient memory", "bad_alloc", "annot allocate")


def main(arguments: list[str]) -> int:
    """Exit status 0 when an answer was given."""
    command, path, out_dir, limits_json = arguments
    limits = from_plain(Limits, json.loads(limits_json))
    _bound(limits)
    # What C libraries print must not mix with the answer.
    answer_fd = os.dup(1)
    os.dup2(2, 1)
    answer: dict[str, JsonValue]
    try:
        answer = {"facts": _work(command, Path(path), out_dir, limits)}
    except FileRefused as refused:
        answer = {"refused": {"code": refused.code, "message": refused.message}}
    except MemoryError:
        answer = {"refused": {"code": "decoder_memory", "message": ""}}
    with open(answer_fd, "w", encoding="utf-8") as stream:
        json.dump(answer, stream)
    return 0


def _work(command: str, path: Path, out_dir: str, limits: Limits) -> JsonValue:
    from cases.dicom.reader import read_image  # heavy: loaded under the bounds

    try:
        image = read_image(path, limits)
        if command == "render":
            from cases.dicom.render import write_rendered  # heavy: OpenCV

            write_rendered(image, Path(out_dir))
    except Exception as error:
        if any(sign in f"{error} {error.__cause__}" for sign in OUT_OF_MEMORY):
            raise DecoderFailed(code="decoder_memory") from error
        raise
    return image.facts.to_json()


def _bound(limits: Limits) -> None:
    """Here and not in the parent: code between fork and exec is not safe beside threads."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT_BYTES),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))
    # Should the parent die, nobody else would end a decoder that hangs.
    signal.alarm(limits.wall_s + 5)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)  # tearing the libraries down takes time and can crash
