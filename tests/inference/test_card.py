"""A card's Markdown becomes blocks; whatever else it holds stays text."""

from __future__ import annotations

from inference.services.card import Span, card_blocks, card_section, spans

CARD = """# model 1.0

One line
and its end with `code` and **weight**.

## Limits

- first
  goes on
- second

| finding | n |
|---|---|
| Mass | 3 |
| Nodule | 4 |
"""


def plain(line: tuple[Span, ...]) -> str:
    return "".join(span.text for span in line)


def test_headings_paragraphs_lists_and_tables_are_told_apart() -> None:
    blocks = card_blocks(CARD)
    assert [block.kind for block in blocks] == ["paragraph", "heading", "list", "table"]
    assert plain(blocks[0].line) == "One line and its end with code and weight."
    assert plain(blocks[1].line) == "Limits"
    assert [plain(row[0]) for row in blocks[2].rows] == ["first goes on", "second"]
    assert [[plain(cell) for cell in row] for row in blocks[3].body] == [
        ["Mass", "3"],
        ["Nodule", "4"],
    ]


def test_code_and_strong_text_are_marked() -> None:
    assert spans("a `b` **c**") == (
        Span("text", "a "),
        Span("code", "b"),
        Span("text", " "),
        Span("strong", "c"),
    )


def test_no_html_passes_through() -> None:
    block = card_blocks("<script>alert(1)</script>")[0]
    assert (block.kind, block.line) == ("paragraph", (Span("text", "<script>alert(1)</script>"),))


def test_an_empty_card_has_no_blocks() -> None:
    assert card_blocks("") == ()


def test_a_section_is_its_paragraphs_and_items_without_tables() -> None:
    assert card_section(CARD, "limits") == ("first goes on", "second")
    assert card_section(CARD, "Intended use") == ()
