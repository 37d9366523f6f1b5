"""How a name is compared: without case, accents or punctuation. Pure."""

from __future__ import annotations

import re
import unicodedata

_APART = str.maketrans(
    {"đ": "d", "ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "\u0131": "i"}
)


def searchable(text: str) -> str:
    """Lower case words without accents: ``"Nguyễn, Văn"`` -> ``"nguyen van"``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_APART)
    return " ".join(re.findall(r"\w+", bare))
