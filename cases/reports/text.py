"""What people typed, made safe and printable for reportlab's paragraph markup."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from xml.sax.saxutils import escape

from cases.reports.fonts import FALLBACK, Fonts

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def clip(text: str, length: int) -> str:
    """At most ``length`` characters on one line; a cut is shown by an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


class TextSetter:
    """Turns plain text into markup; counts the characters that no font could print."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self._unprintable: set[str] = set()

    @property
    def warning(self) -> str:
        """A line for the foot of the page; empty when all text could be printed."""
        if not self._unprintable:
            return ""
        many = len(self._unprintable)
        things = "1 character" if many == 1 else f"{many} different characters"
        return (
            f"Warning: {things} of the text cannot be printed with the fonts installed here and "
            f"{'is' if many == 1 else 'are'} shown as {REPLACEMENT}. "
            "The electronic record has the full text."
        )

    def line(self, text: str, length: int = 300) -> str:
        """Markup of one line, clipped to ``length`` characters."""
        return self._markup(clip(text, length))

    def flowing(self, text: str) -> str:
        """Markup of a text of any length with its line breaks turned into spaces."""
        return self._markup(" ".join(text.split()))

    def paragraphs(self, text: str) -> list[str]:
        """Markup of each line of a text; an empty string stands for a blank line."""
        text = _BLANK_LINES.sub(
            "\n\n", re.sub(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]", "\n", text)
        )
        return [self._markup(" ".join(line.split())) for line in text.strip().split("\n")]

    def _markup(self, text: str) -> str:
        # Composed characters (NFC) have glyphs of their own; decomposed accents would drift.
        glyphs = [self._printable(c) for c in unicodedata.normalize("NFC", text)]
        runs = groupby((pair for pair in glyphs if pair[0]), key=lambda pair: pair[1])
        pieces = []
        for font, pairs in runs:
            words = escape("".join(character for character, _ in pairs))
            pieces.append(f'<font name="{FALLBACK}">{words}</font>' if font == FALLBACK else words)
        return "".join(pieces)

    def _printable(self, character: str) -> tuple[str, str | None]:
        if unicodedata.category(character) in ("Cc", "Cf"):
            # Control and direction characters print nothing and can hide or reorder what is read.
            return "", None
        font = self._fonts.font_for(character)
        if font is not None:
            return character, font if font == FALLBACK else None
        self._unprintable.add(character)
        return REPLACEMENT, None
