"""Long work in a process of its own, watched: whatever it does to itself, the worker lives on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from cxrportal.common.errors import PortalError
from inference.training.child import PROGRESS, RESULT

POLL_S = 1.0
LOG_NAME = "output.txt"


class ChildDied(PortalError):
    code = "process_died"
    http_status = 500
    default_message = "The process ended without a result."


class ChildFailed(PortalError):
    """What the process said it failed with; its code is kept."""

    code = "process_failed"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Child:
    """``module`` is run with ``request`` as JSON and keeps its files under ``out``."""

    module: str
    request: dict[str, Any]
    out: Path


Tick = Callable[[dict[str, Any]], None]


def child_run(child: Child, *, tick: Tick) -> dict[str, Any]:
    """The process's result. ``tick`` is told its progress every second; when it raises, or this
    process dies, so does the child. Raises ChildDied, ChildFailed, and what ``tick`` raises.
    """
    (child.out / RESULT).unlink(missing_ok=True)
    with (child.out / LOG_NAME).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", child.module, json.dumps(child.request)],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,  # stays open as long as this process lives: see training.child
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            while _still_runs(process):
                tick(_read(child.out / PROGRESS))
            tick(_read(child.out / PROGRESS))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stdin is not None:
                process.stdin.close()
    result = _read(child.out / RESULT)
    if "failed" in result:
        told = result["failed"]
        raise ChildFailed(str(told["message"]), code=str(told["code"]))
    if process.returncode != 0 or not result:
        raise ChildDied(f"The process ended without a result (status {process.returncode}).")
    return result


def _still_runs(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(POLL_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
