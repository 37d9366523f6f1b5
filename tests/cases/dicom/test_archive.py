"""Archives: one result an entry, nothing outside the folder, bounded in every direction."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from cases.dicom.archive import ArchiveMember, extract_members
from cases.dicom.errors import FileRefused
from cases.dicom.reader import read_image
from cases.dicom.types import Limits
from tests.cases.dicom import factories as make


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def extract(content: bytes, out: Path, limits: Limits | None = None) -> list[ArchiveMember]:
    path = out.parent / "upload"
    path.write_bytes(content)
    return extract_members(path, out, limits or Limits())


def refused(content: bytes, out: Path, limits: Limits | None = None) -> str:
    with pytest.raises(FileRefused) as caught:
        extract(content, out, limits)
    assert list(out.iterdir()) == []
    return caught.value.code


def code_of(name: str, content: bytes, out: Path) -> str:
    """The code with which the one entry is refused; the other entry still gets through."""
    good, bad = extract(make.zip_bytes({"good.png": b"x", name: content}), out)
    assert good.path is not None
    assert bad.path is None
    assert bad.refusal is not None
    assert [path.name for path in out.iterdir()] == ["00000.bin"]
    return bad.refusal.code


def test_each_entry_is_unpacked_under_a_name_made_here(out: Path) -> None:
    entries = {"Study 1/IM0": make.dicom_bytes(), "b.png": make.png_bytes(), "notes.txt": b"hello"}
    members = extract(make.zip_bytes(entries), out)
    assert [member.name for member in members] == list(entries)
    assert [member.path for member in members] == [out / f"0000{n}.bin" for n in range(3)]
    assert members[0].path is not None
    assert read_image(members[0].path).facts.identity.patient_id == "MRN-1"


def test_folders_and_macos_leftovers_are_left_out(out: Path) -> None:
    entries = {"folder/": b"", "__MACOSX/._a.png": b"x", "a.png": b"y"}
    assert [member.name for member in extract(make.zip_bytes(entries), out)] == ["a.png"]


@pytest.mark.parametrize(
    "name", ["DICOMDIR", "disc/DICOMDIR", ".DS_Store", "a/.hidden", "Thumbs.db"]
)
def test_housekeeping_files_are_skipped(name: str, out: Path) -> None:
    assert code_of(name, b"x", out) == "skipped"


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/evil",
        "C:\\evil",
        "..\\evil",
        "a\\..\\..\\evil",
        "\\\\host\\x",
    ],
)
def test_entries_outside_the_archive_are_refused(name: str, out: Path) -> None:
    assert code_of(name, b"x", out) == "archive_entry_outside"


def test_links_are_refused(out: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    (member,) = extract(buffer.getvalue(), out)
    assert member.refusal is not None
    assert member.refusal.code == "archive_entry_link"


@pytest.mark.parametrize(
    "content", [make.zip_bytes({"a": b"b"}), b"\x1f\x8b\x08" + bytes(20), bytes(257) + b"ustar\0"]
)
def test_nested_archives_are_refused(content: bytes, out: Path) -> None:
    assert code_of("inner.dcm", content, out) == "nested_archive"


def test_encrypted_entries_are_refused(out: Path) -> None:
    content = bytearray(make.zip_bytes({"a": b"b" * 50}))
    directory = content.index(b"PK\x01\x02")
    for at in (6, directory + 8):
        content[at] |= 1
    (member,) = extract(bytes(content), out)
    assert member.refusal is not None
    assert member.refusal.code == "archive_entry_encrypted"


def test_other_compression_methods_are_refused(out: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"b")
    (member,) = extract(buffer.getvalue(), out)
    assert member.refusal is not None
    assert member.refusal.code == "archive_entry_method"


def test_a_damaged_entry_is_refused_and_leaves_nothing(out: Path) -> None:
    content = make.zip_bytes({"a": b"first entry"}, compress=False).replace(b"first", b"worst", 1)
    (member,) = extract(content, out)
    assert member.refusal is not None
    assert member.refusal.code == "archive_entry_damaged"
    assert list(out.iterdir()) == []


def test_an_entry_compressed_beyond_belief_is_refused(out: Path) -> None:
    assert code_of("bomb", bytes(20 << 20), out) == "archive_ratio"


def test_an_entry_that_lies_about_its_size_is_refused(out: Path) -> None:
    content = bytearray(make.zip_bytes({"a": bytes(100_000)}))
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<L", content, 22, 10)
    struct.pack_into("<L", content, directory + 24, 10)
    (member,) = extract(bytes(content), out)
    assert member.refusal is not None
    assert member.refusal.code == "archive_entry_damaged"


def test_one_entry_over_the_file_limit_is_refused(out: Path) -> None:
    (member,) = extract(make.zip_bytes({"a": b"x" * 200}), out, Limits(max_file_bytes=100))
    assert member.refusal is not None
    assert member.refusal.code == "file_too_large"


def test_the_whole_is_refused_when_it_unpacks_to_too_much(out: Path) -> None:
    content = make.zip_bytes({"a": b"x" * 600, "b": b"y" * 600})
    assert refused(content, out, Limits(max_archive_bytes=1000)) == "archive_too_large"


def test_the_whole_is_refused_with_too_many_entries(out: Path) -> None:
    content = make.zip_bytes({str(number): b"" for number in range(5)})
    assert refused(content, out, Limits(max_archive_entries=4)) == "archive_too_many_entries"
    lying = bytearray(content)
    end = content.rindex(b"PK\x05\x06")
    struct.pack_into("<HH", lying, end + 8, 1, 1)
    assert refused(bytes(lying), out, Limits(max_archive_entries=4)) == "archive_too_many_entries"


def test_the_table_of_contents_is_not_read_when_it_is_huge(out: Path) -> None:
    content = bytearray(make.zip_bytes({"a": b"b"}))
    struct.pack_into("<L", content, content.rindex(b"PK\x05\x06") + 12, 0x7FFFFFFF)
    assert refused(bytes(content), out) == "archive_too_many_entries"


@pytest.mark.parametrize("content", [b"PK\x03\x04rubbish", b"PK\x05\x06" + bytes(5)])
def test_what_is_no_archive_is_refused(content: bytes, out: Path) -> None:
    assert refused(content, out) == "archive_unreadable"


def test_a_cut_off_archive_is_refused(out: Path) -> None:
    whole = make.zip_bytes({"a": make.png_bytes()})
    assert refused(whole[: len(whole) // 2], out) == "archive_unreadable"


def test_an_archive_without_files_is_refused(out: Path) -> None:
    assert refused(make.zip_bytes({}), out) == "archive_empty"
    assert refused(make.zip_bytes({"folder/": b""}), out) == "archive_empty"


def test_hostile_names_are_text(out: Path) -> None:
    (member,) = extract(make.zip_bytes({"<img src=x>\u202egnp.\x07exe": b"x"}), out)
    assert member.name == "<img src=x>gnp. exe"
