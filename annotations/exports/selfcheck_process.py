"""The self-check in a process of its own: what it holds of a release goes with it.

The texts that must not occur name people: they pass through a pipe, never through a file or the
list of processes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from annotations.exports.errors import SelfCheckFailed
from annotations.exports.label_sets import LabelSet
from annotations.exports.selfcheck import SelfCheck, WrittenFormats, check_release

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 3 * 3600


def check_apart(folder: Path, *, forbidden: Iterable[str], formats: WrittenFormats) -> SelfCheck:
    """As ``check_release``, in a child process. Raises SelfCheckFailed where that one dies."""
    head = {name: asdict(labels) for name, labels in _sets(formats)}
    lines = [json.dumps(head), *(json.dumps(text) for text in forbidden)]
    try:
        ended = subprocess.run(
            [sys.executable, "-s", "-P", "-m", __name__, str(folder.resolve())],
            cwd="/",
            env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"},
            input="\n".join(lines).encode(),
            stdout=subprocess.PIPE,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SelfCheckFailed("The self-check did not end in time.") from error
    return _understood(ended.returncode, ended.stdout)


def _understood(status: int, answer: bytes) -> SelfCheck:
    if status != 0:
        raise SelfCheckFailed(f"The self-check ended with status {status}.")
    said = json.loads(answer)
    return SelfCheck(**{**said, "problems": tuple(said["problems"])})


def _sets(formats: WrittenFormats) -> tuple[tuple[str, LabelSet], ...]:
    return ("vinbigdata", formats.vinbigdata), ("yolo", formats.yolo)


def main() -> None:
    """The child: label sets in the first line of its input, then one text a line."""
    head, *texts = sys.stdin.buffer.read().splitlines()
    sets = {
        name: LabelSet(**{**said, "names": tuple(said["names"])})
        for name, said in json.loads(head).items()
    }
    checked = check_release(
        Path(sys.argv[1]),
        forbidden=(json.loads(text) for text in texts),
        formats=WrittenFormats(**sets),
    )
    sys.stdout.write(json.dumps(asdict(checked)))


if __name__ == "__main__":
    main()
