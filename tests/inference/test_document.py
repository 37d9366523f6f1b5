"""Blocks as Markdown and as one safe HTML page."""

from __future__ import annotations

from inference.evaluation.document import (
    Block,
    Bullets,
    Figure,
    Heading,
    Paragraph,
    Table,
    to_html,
    to_markdown,
)

BLOCKS: list[Block] = [
    Heading("Title", 1),
    Paragraph("IoU > 0.4 in `code`."),
    Bullets(("one", "two")),
    Table("t", ("finding", "n"), (("a|b", "1"), ("c" * 50, "2"))),
    Figure("figures/roc.png", "A curve."),
]


def test_markdown() -> None:
    assert to_markdown(BLOCKS) == (
        "# Title\n\nIoU > 0.4 in `code`.\n\n- one\n- two\n\n"
        "| finding | n |\n| --- | --- |\n| a\\|b | 1 |\n"
        f"| {'c' * 50} | 2 |\n\n![A curve.](figures/roc.png)\n"
    )


def test_html_escapes_what_it_is_given() -> None:
    page = to_html("<x>", [Paragraph("<script>alert(1)</script> & `<b>`")])
    assert "<title>&lt;x&gt;</title>" in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; <code>&lt;b&gt;</code>" in page


def test_html_holds_every_block_once() -> None:
    page = to_html("Title", BLOCKS)
    for part in (
        *("<h1>Title</h1>", "IoU &gt; 0.4 in <code>code</code>.", "<li>two</li>"),
        *("<td>1</td>", '<img src="figures/roc.png" alt="A curve.">', "a|b"),
    ):
        assert page.count(part) == 1
    assert page.startswith("<!doctype html>")


def test_a_picture_of_its_own_stands_in_the_page_itself() -> None:
    page = to_html("t", [Figure("", "A curve.", "<svg>1</svg>")])
    assert "<figure><svg>1</svg><figcaption>A curve.</figcaption></figure>" in page
    assert "<img" not in page


def test_columns_of_sentences_read_from_the_left() -> None:
    page = to_html("t", [BLOCKS[3]])
    assert "<th class=words>finding</th><th>n</th>" in page
