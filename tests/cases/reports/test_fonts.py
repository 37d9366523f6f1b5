"""The shipped fonts cover their scripts; a fallback is taken only where it serves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from reportlab.pdfbase import pdfmetrics

from cases.reports.fonts import (
    FALLBACK,
    FONT_FOLDER,
    REGULAR,
    Fonts,
    east_asian_characters,
    first_usable,
    installed_fallbacks,
    load_fonts,
)


@pytest.mark.parametrize(
    "words",
    ["Jane Doe", "Nguyễn Văn Ánh Đặng", "Ελένη Παπαδοπούλου", "Ольга Їжак", "Łukasz Çağ ß–…°±µ"],
)
def test_names_of_these_scripts_are_covered(words: str) -> None:
    assert {load_fonts().font_for(c) for c in words} == {REGULAR}


def test_the_mark_for_an_unprintable_character_is_itself_printable() -> None:
    assert load_fonts().font_for("\N{REPLACEMENT CHARACTER}") == REGULAR


def test_the_licence_stands_beside_the_fonts() -> None:
    assert "Bitstream Vera" in (FONT_FOLDER / "LICENSE").read_text()


def test_right_to_left_script_counts_as_not_covered() -> None:
    assert load_fonts().font_for("ש") is None
    assert load_fonts().font_for("م") is None


def test_characters_that_would_spoil_searching_count_as_not_covered() -> None:
    clef = 0x1D304
    assert Fonts(frozenset({clef}), frozenset({clef})).font_for(chr(clef)) is None


def test_the_main_font_comes_before_the_fallback() -> None:
    both = Fonts(frozenset({65}), frozenset({65, 66}))
    assert [both.font_for(c) for c in "ABC"] == [REGULAR, FALLBACK, None]


def test_fallbacks_are_found_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("b/DroidSansFallback.ttf", "a/NotoSansCJK-Regular.ttc", "a/Other.ttf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = installed_fallbacks([tmp_path, tmp_path / "missing"])
    assert [path.name for path in found] == ["NotoSansCJK-Regular.ttc", "DroidSansFallback.ttf"]


def test_a_font_that_cannot_be_embedded_is_passed_over(tmp_path: Path) -> None:
    outlines = tmp_path / "NotoSansCJK-Regular.ttc"
    outlines.write_bytes(b"OTTO" + bytes(200))
    usable = tmp_path / "DroidSansFallback.ttf"
    shutil.copy(FONT_FOLDER / "DejaVuSans.ttf", usable)
    font = first_usable([outlines, tmp_path / "gone.ttf", usable])
    assert font is not None
    assert font.face.name == b"DejaVuSans"
    assert first_usable([outlines]) is None


def test_the_fallback_serves_east_asian_script_only() -> None:
    covered = east_asian_characters(first_usable([FONT_FOLDER / "DejaVuSans.ttf"]))
    assert (
        ord("\N{UMBRELLA WITH RAIN DROPS}") in covered
    )  # wide, and one of the few that this font has
    assert ord("A") not in covered
    assert ord("α") not in covered


def test_what_the_fallback_is_said_to_cover_is_what_it_covers() -> None:
    fallback_covered = load_fonts().fallback_covered
    if fallback_covered:  # only where such a font is installed
        assert fallback_covered <= set(pdfmetrics.getFont(FALLBACK).face.charToGlyph)
