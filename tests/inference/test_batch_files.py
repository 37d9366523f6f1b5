"""Files of a batch: which are taken, how they are named, and going on after a kill."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from inference.services.batch_files import (
    BatchFile,
    Fault,
    Journal,
    OutputTaken,
    csv_bytes,
    find_files,
    output_folder,
    write_faults,
    write_whole,
)

PNG = b"\x89PNG\r\n\x1a\n"
SETTING = {"model_sha256": "a"}


def touch(folder: Path, *names: str, content: bytes = PNG) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def names_of(*named: object, without: Path | None = None) -> list[str]:
    return [file.name for file in find_files([str(item) for item in named], without=without).files]


def test_a_folder_gives_its_images_by_relative_path(tmp_path: Path) -> None:
    touch(tmp_path, "b.png", "a/c.dcm", "bare")
    touch(tmp_path, "notes.csv", "LICENSE", content=b"text")
    touch(tmp_path, ".hidden.png", ".git/x.png")
    found = find_files([str(tmp_path)])
    assert [file.name for file in found.files] == ["b.png", "bare", "a/c.dcm"]
    assert (found.skipped, found.faults) == (2, ())


def test_what_is_named_itself_is_always_taken(tmp_path: Path) -> None:
    touch(tmp_path, "notes.csv", content=b"text")
    assert names_of(tmp_path / "notes.csv") == ["notes.csv"]


def test_patterns_and_repeats_give_each_file_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b.png", "deep/c.png")
    assert names_of(tmp_path / "*.png", tmp_path / "a.png") == ["a.png", "b.png"]
    assert names_of(tmp_path / "**/*.png") == ["a.png", "b.png", "c.png"]


def test_a_file_whose_name_looks_like_a_pattern_is_found(tmp_path: Path) -> None:
    touch(tmp_path, "a[1].png")
    assert names_of(tmp_path / "a[1].png") == ["a[1].png"]


def test_equal_names_become_paths_from_the_common_folder(tmp_path: Path) -> None:
    touch(tmp_path, "one/x.png", "two/x.png", "two/y.png")
    assert names_of(tmp_path / "one", tmp_path / "two") == ["one/x.png", "two/x.png", "y.png"]


def test_names_stay_unique_when_a_new_path_meets_an_old_name(tmp_path: Path) -> None:
    touch(tmp_path, "one/x.png", "two/x.png", "three/one/x.png")
    found = names_of(tmp_path / "one", tmp_path / "two", tmp_path / "three")
    assert len(set(found)) == 3


def test_what_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    found = find_files([str(tmp_path / "none.png"), str(tmp_path / "*.dcm")])
    assert [fault.code for fault in found.faults] == ["file_not_found"] * 2


def test_the_output_folder_is_not_read(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "out/heat.png")
    assert names_of(tmp_path, without=tmp_path / "out") == ["a.png"]


def test_a_journal_knows_what_is_done_and_drops_a_torn_line(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b.png")
    first, second = (BatchFile(tmp_path / name, name) for name in ("a.png", "b.png"))
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, SETTING)
    journal.add(first, {"score": 1})
    journal.close()
    with path.open("a") as stream:
        stream.write('{"name": "b.png", "sta')
    again = Journal(path, SETTING)
    assert again.done(first) == {"score": 1}
    assert again.done(second) is None
    again.add(second, {"score": 2})
    again.close()
    assert [json.loads(line).get("name") for line in path.read_text().splitlines()] == [
        None, "a.png", "b.png",
    ]  # fmt: skip


def test_a_changed_file_is_not_done(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    file = BatchFile(tmp_path / "a.png", "a.png")
    journal = Journal(tmp_path / "journal.jsonl", SETTING)
    journal.add(file, {})
    file.path.write_bytes(PNG + b"more")
    assert journal.done(file) is None
    journal.close()


def test_a_journal_of_another_model_is_refused(tmp_path: Path) -> None:
    Journal(tmp_path / "journal.jsonl", SETTING).close()
    with pytest.raises(OutputTaken):
        Journal(tmp_path / "journal.jsonl", {"model_sha256": "b"})


def test_a_damaged_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text("no json\n")
    with pytest.raises(OutputTaken):
        Journal(tmp_path / "journal.jsonl", SETTING)


def test_two_runs_never_write_into_one_folder(tmp_path: Path) -> None:
    with output_folder(tmp_path / "out"), pytest.raises(OutputTaken):
        output_folder(tmp_path / "out").__enter__()
    with output_folder(tmp_path / "out"):
        pass


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputTaken):
        output_folder(tmp_path / "out").__enter__()


def test_a_file_appears_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "deep" / "a.txt", b"all")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.txt"]


def test_faults_are_listed_and_no_cell_runs(tmp_path: Path) -> None:
    write_faults(tmp_path, [Fault("=cmd.png", "damaged", "It is, cut off.")])
    with (tmp_path / "errors.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows == [["image", "code", "message"], ["'=cmd.png", "damaged", "It is, cut off."]]
    assert csv_bytes(("n",), [(-1.5,)]) == b"n\n-1.5\n"
