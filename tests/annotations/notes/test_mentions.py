"""Whom a text mentions, by hand."""

from __future__ import annotations

from uuid import UUID

import pytest

from annotations.notes.mentions import Colleague, mentioned

ANN, ROY, SAME = UUID(int=1), UUID(int=2), UUID(int=3)
COLLEAGUES = [
    Colleague(ANN, "Ann Lee", "ann@example.org"),
    Colleague(ROY, "Ann Lee-Roy", "roy@example.org"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Ann Lee please look", {ANN}),
        ("please look, @ann lee.", {ANN}),
        ("@Ann Lee-Roy please look", {ROY}),
        ("@roy@example.org and (@ann@example.org)", {ANN, ROY}),
        ("@Ann Leest", set()),
        ("Ann Lee was here", set()),
        ("mail x@Ann Lee", set()),
        ("@nobody", set()),
        ("", set()),
    ],
)
def test_a_mention_is_an_at_and_the_whole_name(text: str, expected: set[UUID]) -> None:
    assert mentioned(text, COLLEAGUES) == expected


def test_a_shared_name_mentions_each_and_an_address_one() -> None:
    both = [*COLLEAGUES, Colleague(SAME, "Ann Lee", "other@example.org")]
    assert mentioned("@Ann Lee", both) == {ANN, SAME}
    assert mentioned("@other@example.org", both) == {SAME}


def test_a_person_without_a_name_is_not_mentioned_by_a_bare_at() -> None:
    assert mentioned("@ home", [Colleague(ANN, "", "ann@example.org")]) == set()
