"""What the processes that work for a web task have in common. Needs only the standard library."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

PROGRESS, RESULT, STOP = "progress.json", "result.json", "stop"
STANDARD = Path(__file__).parent / "configs" / "cxr-retrain.toml"
PARENT_GONE = 3


def end_with_parent() -> None:
    """End this process at once when standard input does: whoever started it is gone."""

    def watch() -> None:
        # Not sys.stdin: its lock would be held at the interpreter's end.
        while os.read(0, 1):
            pass
        os._exit(PARENT_GONE)

    threading.Thread(target=watch, daemon=True, name="parent").start()


# JSON as it is written: whoever reads it checks what it reads.
Json: TypeAlias = dict[str, object]


def write_json(value: Mapping[str, object], path: Path) -> None:
    """Appears whole or not at all. Raises ValueError for NaN."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(value, allow_nan=False), encoding="utf-8")
    part.replace(path)
