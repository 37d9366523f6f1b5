"""Pages of a PDF that this portal made, as pictures."""

from __future__ import annotations

import threading
from io import BytesIO

import pypdfium2

SCALE = 1.6  # of 72 dpi
# The library is not made for threads.
_ONE_AT_A_TIME = threading.Lock()


def page_count(pdf: bytes) -> int:
    """How many pages there are."""
    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return len(document)
        finally:
            document.close()


def page_png(pdf: bytes, page: int) -> bytes:
    """One page as a PNG of about 115 dpi; ``page`` counts from 0."""
    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            picture = document[page].render(scale=SCALE).to_pil()
        finally:
            document.close()
    into = BytesIO()
    picture.save(into, "PNG")
    return into.getvalue()
