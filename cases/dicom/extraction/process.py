"""An extraction in a process of its own, for callers that may have no children of several kinds.

A worker of a task queue is such a one. The child hears the options in the first line of its input;
it says how far it is, a line a file, then how it went. It ends with whoever started it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cases.dicom.extraction.errors import ExtractionRefused
from cases.dicom.extraction.fit import Fit
from cases.dicom.extraction.run import Plan, Summary, run_extraction
from cases.dicom.extraction.types import Outcome, TextRule, Wanted

ROOT = Path(__file__).resolve().parents[3]
METADATA, PIXELS, FEATURES = "metadata.csv", "pixels.h5", "features.csv"
PNG, ERRORS = "png", "errors.csv"


class ExtractionDied(ExtractionRefused):
    code = "extraction_died"
    http_status = 500
    default_message = "The extraction ended without a word."


def extract_sealed(
    folder: Path, out: Path, wanted: Wanted, workers: int, tick: Callable[[], None]
) -> Summary:
    """The files of a release below ``folder``, into ``out``, which must exist; ``tick`` after each.

    Whatever ``tick`` raises ends the child. Raises ExtractionRefused.
    """
    if wanted.key is not None or not wanted.sealed:
        raise ValueError("files of a release have no key and keep their pseudonyms")
    told = {
        "folder": str(folder.resolve()),
        "out": str(out.resolve()),
        "workers": workers,
        "wanted": asdict(wanted),
    }
    child = subprocess.Popen(
        [sys.executable, "-s", "-P", "-m", __name__],
        cwd="/",
        env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(told).encode() + b"\n")
        child.stdin.flush()
        for line in child.stdout:
            said = json.loads(line)
            if "summary" in said:
                return Summary(**said["summary"])
            if "refused" in said:
                raise ExtractionRefused(said["message"], code=said["refused"])
            tick()
        raise ExtractionDied
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """The whole group: its own workers too."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


def _plan(told: dict[str, Any]) -> Plan:
    said = told["wanted"]
    wanted = Wanted(**said | {"fit": Fit(said["fit"]), "text": TextRule(said["text"])})
    out = Path(told["out"])
    return Plan(
        sources=(Path(told["folder"]),),
        wanted=wanted,
        errors_csv=out / ERRORS,
        metadata_csv=out / METADATA if wanted.metadata else None,
        pixels_h5=out / PIXELS if wanted.pixels else None,
        features_csv=out / FEATURES if wanted.features else None,
        png_dir=out / PNG if wanted.png else None,
        workers=told["workers"],
    )


def _first_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        block = os.read(0, 1)
        if not block:
            raise SystemExit(1)
        line += block
    return line


def _end_with_the_caller() -> None:
    """The input ends when whoever started this process is gone, however that happened."""
    while os.read(0, 1024):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _say(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def main() -> None:
    """The child."""
    plan = _plan(json.loads(_first_line()))
    threading.Thread(target=_end_with_the_caller, daemon=True).start()

    def tick(outcome: Outcome) -> None:
        _say({"code": outcome.code})

    try:
        summary = run_extraction(plan, tick)
    except ExtractionRefused as error:
        _say({"refused": error.code, "message": error.message})
    else:
        _say({"summary": asdict(summary)})


if __name__ == "__main__":
    main()
