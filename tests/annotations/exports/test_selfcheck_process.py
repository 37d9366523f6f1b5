"""The self-check in a child process says the same, and takes its memory with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotations.exports import selfcheck_process
from annotations.exports.errors import SelfCheckFailed
from annotations.exports.label_sets import LabelSet
from annotations.exports.selfcheck import WrittenFormats, check_release
from annotations.exports.selfcheck_process import check_apart
from tests.annotations.exports.records import PLANTED, write

SETS = WrittenFormats(LabelSet("v", ("Nodule",), {"nodule": 0}, 14), LabelSet("u", ("N",), {}))


def test_it_says_what_the_check_here_says(tmp_path: Path) -> None:
    write(tmp_path)
    here = check_release(tmp_path, forbidden=PLANTED, formats=SETS)
    assert check_apart(tmp_path, forbidden=PLANTED, formats=SETS) == here


def test_an_identity_is_found_there_too(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "notes.txt").write_text("seen by Doctor Zoë, 12\n34")
    found = check_apart(tmp_path, forbidden=["Doctor Zoë, 12\n34"], formats=SETS)
    assert "An identifying text stands in notes.txt." in found.problems


def test_a_child_that_dies_refuses_the_release(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(selfcheck_process, "ROOT", tmp_path)
    with pytest.raises(SelfCheckFailed):
        check_apart(tmp_path, forbidden=["Somebody"] * 10_000, formats=SETS)
