"""Files decoded ahead: in order, refused with a code, and no file ends the others."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from cases.dicom.errors import FileRefused
from cases.dicom.pool import GreyPicture, _Pool, decode_ahead
from cases.dicom.types import Limits


def picture(folder: Path, name: str, value: int) -> Path:
    path = folder / name
    cv2.imwrite(str(path), np.full((6, 4), value, np.uint8))
    return path


def test_pictures_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    paths = [picture(tmp_path, f"{value}.png", value) for value in range(10, 20)]
    outcomes = list(decode_ahead(paths, processes=2))
    assert [int(found.grey[0, 0]) for found in outcomes if isinstance(found, GreyPicture)] == list(
        range(10, 20)
    )


def test_a_refused_file_keeps_its_code_and_the_next_is_read(tmp_path: Path) -> None:
    text = tmp_path / "text.png"
    text.write_text("no image")
    missing = tmp_path / "missing.png"
    good = picture(tmp_path, "good.png", 7)
    outcomes = list(decode_ahead([text, missing, good], processes=1))
    codes = [found.code for found in outcomes if isinstance(found, FileRefused)]
    assert codes == ["not_an_image", "damaged"]
    assert isinstance(outcomes[2], GreyPicture)


def test_a_process_that_dies_costs_no_file_its_picture(tmp_path: Path) -> None:
    paths = [picture(tmp_path, f"{value}.png", value) for value in range(1, 7)]
    outcomes = decode_ahead(paths, processes=1)
    found = [next(outcomes)]
    for child in multiprocessing.active_children():
        child.kill()
    found += outcomes
    assert [int(item.grey[0, 0]) for item in found if isinstance(item, GreyPicture)] == [
        1, 2, 3, 4, 5, 6,
    ]  # fmt: skip


def test_ending_a_pool_leaves_no_process() -> None:
    pool = _Pool(1, Limits())
    pool.submit(Path("nowhere"))
    children = list(pool._executor._processes.values())
    pool.end()
    assert children
    assert not any(child.is_alive() for child in children)


@pytest.mark.parametrize("count", [0, 1])
def test_few_files_end_the_pool(tmp_path: Path, count: int) -> None:
    paths = [picture(tmp_path, "one.png", 1)][:count]
    assert len(list(decode_ahead(paths, processes=2))) == count


def test_processes_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    paths = [str(picture(tmp_path, f"{value}.png", value)) for value in range(6)]
    code = """
import multiprocessing, sys, time
from pathlib import Path
from cases.dicom.pool import decode_ahead
if __name__ == "__main__":
    outcomes = decode_ahead([Path(name) for name in sys.argv[1:]], processes=1)
    next(outcomes)
    print(multiprocessing.active_children()[0].pid, flush=True)
    time.sleep(60)
"""
    script = tmp_path / "parent.py"
    script.write_text(code)
    environment = {"PYTHONPATH": str(Path(__file__).parents[3])}
    parent = subprocess.Popen(
        [sys.executable, str(script), *paths], stdout=subprocess.PIPE, env=environment
    )
    assert parent.stdout is not None
    child = Path("/proc", parent.stdout.readline().decode().strip())
    parent.stdout.close()
    parent.kill()
    parent.wait()
    until = time.monotonic() + 20
    while _runs(child) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _runs(child)


def _runs(process: Path) -> bool:
    """Whether it is there and no zombie that nobody waits for."""
    try:
        return "State:\tZ" not in (process / "status").read_text()
    except OSError:
        return False
