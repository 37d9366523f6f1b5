"""The viewer's modules on an empty page of their own, with pixels that a test makes up."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

STATIC = Path(__file__).resolve().parents[2] / "static"
PAGE = b"""<!doctype html><title>Viewer</title><link rel="icon" href="data:,">
<style>body { margin: 0 } .stage { position: relative; width: 100vw; height: 100vh }
.stage > canvas { position: absolute; width: 100%; height: 100% }</style>
<div class="stage"><canvas></canvas></div>"""


class _Handler(SimpleHTTPRequestHandler):
    """static/ as it lies on the disk, and the files of the test under ``/made/``."""

    def __init__(self, *arguments: Any, made: Mapping[str, bytes]) -> None:
        self.made = made
        super().__init__(*arguments, directory=str(STATIC))

    def do_GET(self) -> None:
        name = self.path.removeprefix("/made/")
        if name == self.path:
            super().do_GET()
            return
        is_page = name == "page.html"
        content = PAGE if is_page else self.made[name]
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if is_page else "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """A test's output is its own."""


@contextmanager
def viewer_page(made: Mapping[str, bytes]) -> Iterator[str]:
    """The address of the empty page; modules are under ``/viewer/``, ``made`` under ``/made/``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, made=made))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/made/page.html"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def as_served(stored: NDArray[np.uint16]) -> bytes:
    """Little-endian words, as the server sends stored values."""
    return stored.astype("<u2").tobytes()


def facts_of(stored: NDArray[np.uint16], **facts: Any) -> dict[str, Any]:
    """What the API says of an image with these stored values; ``facts`` are what differs."""
    rows, columns = stored.shape
    plain = {
        "id": "made", "rows": rows, "columns": columns, "bits_stored": 16,
        "rescale_slope": 1.0, "rescale_intercept": 0.0, "modality_lut": None, "windows": [],
        "voi_function": "LINEAR", "voi_lut": None, "padding_value": None, "padding_limit": None,
        "invert": False, "pixel_offset": 0, "auto_window": None,
    }  # fmt: skip
    return plain | facts
