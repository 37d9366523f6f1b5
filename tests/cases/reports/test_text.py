"""What people typed is printed as typed, or visibly marked; it is never markup."""

from __future__ import annotations

import pytest

from cases.reports.fonts import FALLBACK, Fonts
from cases.reports.text import REPLACEMENT, TextSetter, clip

LATIN = frozenset(range(0x20, 0x250)) | frozenset(range(0x1E00, 0x1F00))


@pytest.fixture
def text() -> TextSetter:
    """Latin letters in the main font, one Han character in the fallback."""
    return TextSetter(Fonts(LATIN, frozenset({ord("山")})))


def test_markup_characters_are_escaped(text: TextSetter) -> None:
    assert text.line('<b>&"') == '&lt;b&gt;&amp;"'


def test_a_cut_never_falls_inside_an_entity(text: TextSetter) -> None:
    assert text.line("a&&&&", 3) == "a&amp;\N{REPLACEMENT CHARACTER}"  # no ellipsis in this font
    assert clip("a&&&&", 3) == "a&…"


def test_a_short_text_is_not_cut() -> None:
    assert clip("  two \n words ", 9) == "two words"


def test_the_fallback_font_sets_only_what_needs_it(text: TextSetter) -> None:
    assert text.line("Dr 山 Li") == f'Dr <font name="{FALLBACK}">山</font> Li'
    assert text.warning == ""


def test_an_unprintable_character_is_marked_and_told(text: TextSetter) -> None:
    assert text.line("xअy") == f"x{REPLACEMENT}y"
    assert text.warning.startswith("Warning: 1 character ")
    text.line("अआ")
    assert text.warning.startswith("Warning: 2 different characters ")


def test_right_to_left_script_is_marked_and_not_printed_backwards() -> None:
    setter = TextSetter(Fonts(LATIN | frozenset(map(ord, "שלום")), frozenset()))
    assert setter.line("שלום") == REPLACEMENT * 4
    assert setter.warning


def test_accents_are_composed(text: TextSetter) -> None:
    assert text.line("A\u0301nh Nguye\u0302\u0303n") == "Ánh Nguyễn"


@pytest.mark.parametrize(
    "character", ["\0", "\x1b", "\x7f", "\u200b", "\u202e", "\u2066", "\ufeff"]
)
def test_control_and_direction_characters_vanish(text: TextSetter, character: str) -> None:
    assert text.line(f"a{character}b") == "ab"
    assert text.warning == ""


def test_lines_stay_lines_and_many_blank_ones_become_one(text: TextSetter) -> None:
    assert text.paragraphs("a\r\nb\n\n \n\n\nc  d\n") == ["a", "b", "", "c d"]


def test_a_flowing_text_has_no_lines(text: TextSetter) -> None:
    assert text.flowing("a\n\nb") == "a b"


def test_half_a_surrogate_pair_is_marked(text: TextSetter) -> None:
    assert text.line("a\ud800") == f"a{REPLACEMENT}"
