"""Private folders for the files of one attempt at a piece of work."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


@contextmanager
def attempt_folder(work: str) -> Iterator[Path]:
    """An empty folder that only its owner reads, gone with the block.

    ``work`` names the piece of work. What killed attempts at it left on this machine goes first.
    """
    top = settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir()
    for left in Path(top).glob(f"{work}-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{work}-", dir=top) as folder:
        yield Path(folder)
