"""A process that dies comes back; one that cannot start ends; one that is told to stop stops."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

KEEP = Path(__file__).resolve().parents[2] / "scripts" / "keep.py"


def keep(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(KEEP), sys.executable, "-c", code, *arguments],
        stderr=subprocess.DEVNULL,
    )


def wait_for(path: Path, text: str) -> None:
    until = time.monotonic() + 20
    while not (path.exists() and text in path.read_text()):
        assert time.monotonic() < until, f"{text!r} never came"
        time.sleep(0.05)


def test_a_killed_process_is_started_again_and_stops_when_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = (
        "import os, signal, sys, time\n"
        "log = open(sys.argv[1], 'a'); log.write('x'); log.close()\n"
        "first = open(sys.argv[1]).read() == 'x'\n"
        "os.kill(os.getpid(), signal.SIGKILL) if first else time.sleep(60)\n"
    )
    process = keep(code, str(log))
    wait_for(log, "xx")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


def test_a_command_that_cannot_start_ends_with_its_status() -> None:
    assert keep("raise SystemExit(7)").wait(timeout=30) == 7
