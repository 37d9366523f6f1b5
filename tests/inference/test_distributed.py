"""Two processes under torchrun: one training, one writer."""

from __future__ import annotations

import csv
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from inference.training.distributed import ALONE
from tests.inference.test_engine import trainer

ROOT = Path(__file__).resolve().parents[2]
PHANTOMS = """
name = "phantoms"
version = "0.0.1"
size_px = 128
[data]
kind = "phantoms"
phantoms = 12
validation_share = 0.25
test_share = 0.25
[optim]
epochs = 2
batch_images = 4
"""


def torchrun(*arguments: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--master-addr", "127.0.0.1", "--master-port", str(port), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]


def test_alone_nothing_is_shared() -> None:
    values = torch.tensor([1.0, 2.0])
    assert ALONE.main
    assert ALONE.mean(values) is values
    assert ALONE.agree(True)
    assert ALONE.wrap(torch.nn.Identity()) is not None
    ALONE.wait()


@pytest.mark.slow
def test_replicas_stay_equal_and_learn_from_averaged_gradients(tmp_path: Path) -> None:
    torchrun("-m", "tests.inference.distributed_worker", str(tmp_path))
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert (first["world"], second["world"]) == ((0, 2), (1, 2))
    begin = dict(trainer().network.named_parameters())
    for kind in ("weights", "average", "gradients"):
        for name, value in first[kind].items():
            assert torch.equal(value, second[kind][name]), (kind, name)
    assert any(not torch.equal(value, begin[name]) for name, value in first["weights"].items())
    assert first["losses"] == second["losses"]


@pytest.mark.slow
def test_the_command_runs_under_torchrun_and_writes_once(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(PHANTOMS)
    out = tmp_path / "out"
    torchrun(
        *("-m", "inference.training.run", "--config", str(tmp_path / "c.toml")),
        *("--out", str(out), "--device", "cpu", "--threads", "1"),
    )
    with (out / "log.csv").open() as stream:
        assert [row["epoch"] for row in csv.DictReader(stream)] == ["1", "2"]
    assert json.loads((out / "run.json").read_text())["processes"] == 2
    assert len(list((out / "tensorboard").iterdir())) == 1
    assert {"best.pt", "state.pt", "curves.png", "split.csv"} <= {p.name for p in out.iterdir()}
