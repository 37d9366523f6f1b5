"""An extraction in a process of its own ends with whoever asked for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cases.dicom.extraction.errors import ExtractionRefused
from cases.dicom.extraction.process import extract_sealed
from cases.dicom.extraction.types import TextRule, Wanted
from tests.cases.dicom.factories import chest_pixels, png_bytes
from tests.support.stack import ROOT, wait_until

SEALED = Wanted(metadata=True, sealed=True, text=TextRule.KEEP)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "out").mkdir()
    for number in range(4):
        picture = png_bytes(chest_pixels(64, 64 + number, bits=8))
        (tmp_path / "images" / f"I{number}.png").write_bytes(picture)
    return tmp_path


def test_it_tells_of_each_file_and_how_it_went(folder: Path) -> None:
    (folder / "images" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    ticks: list[int] = []
    summary = extract_sealed(folder / "images", folder / "out", SEALED, 2, lambda: ticks.append(1))
    assert (summary.files, summary.done, summary.failed, len(ticks)) == (5, 4, 1, 5)
    lines = (folder / "out" / "metadata.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["key", "I0", "I1", "I2", "I3"]


def test_a_refusal_comes_back_with_its_code(folder: Path) -> None:
    (folder / "out" / "metadata.csv").touch()
    with pytest.raises(ExtractionRefused) as refused:
        extract_sealed(folder / "images", folder / "out", SEALED, 1, lambda: None)
    assert refused.value.code == "output_exists"


def test_files_of_a_release_have_no_key(folder: Path) -> None:
    with pytest.raises(ValueError, match="no key"):
        extract_sealed(folder / "images", folder / "out", Wanted(metadata=True), 1, lambda: None)


class StopError(Exception):
    pass


def test_whoever_follows_it_can_end_it(folder: Path) -> None:
    groups: list[int] = []

    def stop() -> None:
        groups.extend(children_of(os.getpid()))
        raise StopError

    with pytest.raises(StopError):
        extract_sealed(folder / "images", folder / "out", SEALED, 1, stop)
    assert groups
    wait_until(lambda: not any(map(group_lives, groups)), limit_s=10, what="their end")


FOLLOWER = """
import os, sys, time
from pathlib import Path
from cases.dicom.extraction.process import extract_sealed
from tests.cases.dicom.extraction.test_process import SEALED, children_of

def tick():
    print(*children_of(os.getpid()), flush=True)
    time.sleep(600)

folder = Path(sys.argv[1])
extract_sealed(folder / "images", folder / "out", SEALED, 1, tick)
"""


def test_it_ends_when_whoever_follows_it_is_killed(folder: Path) -> None:
    follower = subprocess.Popen(
        [sys.executable, "-c", FOLLOWER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
    )
    with follower:
        assert follower.stdout is not None
        groups = [int(pid) for pid in follower.stdout.readline().split()]
        assert all(map(group_lives, groups))
        follower.send_signal(signal.SIGKILL)
    assert groups
    wait_until(lambda: not any(map(group_lives, groups)), limit_s=10, what="their end")


def children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


def group_lives(leader: int) -> bool:
    """Whether a process of its group still runs (a dead one that nobody waited for does not)."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = path.read_text().rpartition(") ")[2].split()[:3]
        except OSError:
            continue
        if int(group) == leader and state != "Z":
            return True
    return False
