"""Text of strangers (headers, file names) made fit to be stored and shown."""

from __future__ import annotations

import re
import unicodedata

MAX_TEXT = 200
# Marks that reorder text on the screen: a name must not look like another one.
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """One line of at most 200 characters, without control characters, lone surrogates or marks
    that reorder text.
    """
    kept = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char
        for char in text[: 4 * MAX_TEXT]
    )
    return " ".join(_BIDI.sub("", kept).split())[:MAX_TEXT]
