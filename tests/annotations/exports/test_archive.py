"""Manifest and ZIP: the same release gives the same bytes, and what changed is seen."""

from __future__ import annotations

import hashlib
import json
import os
import tracemalloc
from pathlib import Path
from zipfile import ZipFile

import pytest

from annotations.exports.archive import write_archive
from annotations.exports.errors import ArchiveRefused
from annotations.exports.manifest import (
    Counts,
    KeyFate,
    Manifest,
    ModelUsed,
    changed_files,
    file_entries,
    manifest_bytes,
    write_manifest,
)
from tests.annotations.exports.records import write

MEGABYTE = 1 << 20


def manifest(folder: Path, counts: Counts) -> Manifest:
    return Manifest(
        release="chest",
        number=1,
        made_at="2025-06-01T00:00:00Z",
        made_by="researcher",
        code_version="0.1.0",
        models=(ModelUsed("default", "1", "ab" * 32),),
        filters={"study_date_from": None, "include_synthetic": True},
        deidentification={"dates": "shifted", "comments": False},
        key=KeyFate.DESTROYED,
        counts=counts,
        files=file_entries(folder),
    )


def sealed(folder: Path) -> Path:
    counts = write(folder)
    write_manifest(manifest(folder, counts), folder)
    return folder


def test_the_manifest_names_each_file_with_its_hash(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "a")
    said = json.loads((folder / "manifest.json").read_bytes())
    assert [entry["name"] for entry in said["files"]] == [
        "README.md",
        "coco.json",
        "findings.csv",
        "images.csv",
        "images/i1.png",
        "images/i2.png",
        "images/i3.png",
    ]
    csv_bytes = (folder / "findings.csv").read_bytes()
    assert said["files"][2]["sha256"] == hashlib.sha256(csv_bytes).hexdigest()
    assert said["files"][2]["size_bytes"] == len(csv_bytes)
    assert said["counts"]["by_label"] == {"effusion": 1, "mass": 1, "no_finding": 1, "nodule": 1}
    assert said["filters"] == {"include_synthetic": True, "study_date_from": None}
    assert (said["key"], said["models"][0]["name"]) == ("destroyed", "default")


def test_the_manifest_is_canonical_json(tmp_path: Path) -> None:
    counts = write(tmp_path)
    data = manifest_bytes(manifest(tmp_path, counts))
    assert data.startswith(b'{"code_version":"0.1.0","counts":{"boxes":2,"by_label":{')
    assert data.endswith(b"}\n")
    assert data == manifest_bytes(manifest(tmp_path, counts))


def test_what_changed_after_sealing_is_named(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "a")
    assert changed_files(folder) == ()
    (folder / "images" / "i1.png").write_bytes(b"other")
    (folder / "images" / "i2.png").unlink()
    (folder / "new.txt").write_text("x")
    assert changed_files(folder) == ("images/i1.png", "images/i2.png", "new.txt")


def test_the_same_release_gives_the_same_archive_whatever_the_clock(tmp_path: Path) -> None:
    first = write_archive(sealed(tmp_path / "a"), tmp_path / "a.zip")
    folder = sealed(tmp_path / "b")
    for path in folder.rglob("*.csv"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o600)
    second = write_archive(folder, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert first.sha256 == second.sha256 == hashlib.sha256(second.path.read_bytes()).hexdigest()
    assert (second.members, second.size_bytes) == (8, second.path.stat().st_size)


def test_the_archive_holds_the_files_as_they_are(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "a")
    (folder / ".left.partial").write_bytes(b"from a crash")
    write_archive(folder, tmp_path / "a.zip")
    with ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(archive.namelist())
        assert "images/i2.png" in archive.namelist()
        assert ".left.partial" not in archive.namelist()
        assert archive.read("coco.json") == (folder / "coco.json").read_bytes()
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_links_and_empty_folders_are_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ArchiveRefused):
        write_archive(empty, tmp_path / "x.zip")
    folder = sealed(tmp_path / "a")
    with pytest.raises(ArchiveRefused):
        write_archive(folder, folder / "x.zip")
    (folder / "link").symlink_to("/etc/hostname")
    with pytest.raises(ArchiveRefused):
        write_archive(folder, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


def test_a_large_file_is_read_in_pieces(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    with (folder / "large.png").open("wb") as stream:
        for _ in range(48):
            stream.write(os.urandom(MEGABYTE))
    tracemalloc.start()
    try:
        write_archive(folder, tmp_path / "a.zip")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MEGABYTE
