"""Lists of a JSON object are read element by element, whatever the pieces they come in."""

from __future__ import annotations

import io
import json

import pytest

from annotations.imports import json_stream
from annotations.imports.errors import TableBroken
from annotations.imports.json_stream import list_elements


@pytest.mark.parametrize("chunk", [1, 2, 7, 65536])
def test_elements_come_whole_whatever_the_size_of_a_piece(chunk, monkeypatch) -> None:
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", chunk)
    said = {"a": [1, 23, 4.5e3], "note": {"x": [1]}, "b": [{"k": ']},"é'}, []], "c": []}
    text = io.StringIO(json.dumps(said, indent=1))
    found = list(list_elements(text, frozenset({"a", "b", "c"})))
    assert found == [
        ("a", 1, 1), ("a", 2, 23), ("a", 3, 4500.0), ("b", 1, {"k": "]},\"é"}), ("b", 2, []),
    ]  # fmt: skip


def test_lists_that_nobody_asked_for_are_passed_over() -> None:
    text = io.StringIO('{"a": [1], "b": [2]}')
    assert list(list_elements(text, frozenset({"b"}))) == [("b", 1, 2)]


@pytest.mark.parametrize("text", ["", "[1]", '{"a": [1', '{"a": [1 2]}', '{"a" [1]}', "{"])
def test_what_is_no_object_of_lists_is_refused(text: str) -> None:
    with pytest.raises(TableBroken):
        list(list_elements(io.StringIO(text), frozenset({"a"})))
