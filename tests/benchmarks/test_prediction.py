"""The shipped model by runtime: time an image, batches, loading, memory of a worker.

    make bench

One CPU thread. Ratios are against torch eager in the same run; nothing is asserted on time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.networks.checkpoint import load_checkpoint
from inference.networks.files import checkpoint_sha256
from inference.phantoms.generator import make_phantom
from inference.predict.predictor import Predictor
from inference.predict.runtime import (
    OPENVINO_BF16,
    OPENVINO_F32,
    TORCH,
    OpenVinoRuntime,
    TorchRuntime,
)
from inference.predict.runtime_choice import RuntimeChoice, export_folder
from inference.predict.runtime_prepare import prepare
from inference.predict.runtime_report import RuntimeReport
from inference.services.registry import SHIPPED_MODEL
from tests.benchmarks.measure import median_ms, print_table

REPEATS = 10
BATCH = 8
ROOT = Path(__file__).resolve().parents[2]
MEMORY_AIM_MIB = 1024
# What a worker does, in a process of its own; prints its largest size.
WORKER = """
import json, re, sys
from pathlib import Path
import numpy as np
from inference.predict.predictor import Predictor
from inference.predict.runtime_choice import RuntimeChoice
folder, sha256, cache, runtime = sys.argv[1:]
predictor = Predictor.load(
    Path(folder), sha256=sha256, device="cpu", threads=1,
    choice=RuntimeChoice(runtime, Path(cache)),
)
grey = np.random.default_rng(1).random((3000, 2500), dtype=np.float32)
for _ in range(3):
    result = predictor.predict(grey)
peak_kib = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(json.dumps([result.runtime, int(peak_kib) / 1024]))
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> tuple[str, Path, RuntimeReport]:
    """(identity, cache, report) of the shipped model."""
    cache = tmp_path_factory.mktemp("runtimes")
    identity = checkpoint_sha256(SHIPPED_MODEL)
    return identity, cache, prepare(SHIPPED_MODEL, sha256=identity, cache=cache, device="cpu")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def load(prepared: tuple[str, Path, RuntimeReport], runtime: str) -> Predictor:
    identity, cache, _ = prepared
    choice = RuntimeChoice(runtime, cache)
    return Predictor.load(SHIPPED_MODEL, sha256=identity, device="cpu", threads=1, choice=choice)


def test_the_network_by_runtime(prepared) -> None:
    identity, cache, report = prepared
    loaded = load_checkpoint(SHIPPED_MODEL, sha256=identity)
    side = loaded.description.preprocessing.size_px
    image = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    folder = export_folder(cache, identity, torch.device("cpu"))
    complaints = {item.runtime: item.complaint for item in report.candidates}
    runtimes = [TorchRuntime(loaded.network)]
    runtimes += [
        OpenVinoRuntime(folder, name, 1)
        for name in (OPENVINO_F32, OPENVINO_BF16)
        if name in complaints
    ]
    times = {item.name: median_ms(lambda item=item: item.run(image), REPEATS) for item in runtimes}
    rows = [
        [name, f"{ms:.0f}", f"{times[TORCH] / ms:.1f}", complaints[name] or "agrees"]
        for name, ms in times.items()
    ]
    head = ("runtime", "ms an image", "x torch", f"against torch on phantoms; {report.tolerance}")
    print_table(f"Network: scores, boxes and heat maps, {side} px", head, rows)
    assert report.chosen in times


def test_batches_against_single_images(prepared) -> None:
    images = [
        make_phantom(seed, size_px=(640, 560)).image.astype(np.float32) / 4095.0
        for seed in range(BATCH)
    ]
    images = [np.clip(image, 0.0, 1.0) for image in images]
    rows = []
    for runtime in (TORCH, "auto"):
        predictor = load(prepared, runtime)
        single = median_ms(lambda p=predictor: [p.predict(image) for image in images], 3)
        batch = median_ms(lambda p=predictor: p.predict_batch(images), 3)
        rows.append(
            [
                predictor.runtime,
                f"{1000 * BATCH / single:.1f}",
                f"{1000 * BATCH / batch:.1f}",
                f"{single / batch:.2f}",
            ]
        )
    head = ("runtime", "images a second, one by one", f"in a batch of {BATCH}", "ratio")
    print_table("Whole prediction, batch against batch 1 (CPU, one thread)", head, rows)


def test_loading_the_model(prepared) -> None:
    rows = []
    for runtime in (TORCH, "auto"):
        ms = median_ms(lambda runtime=runtime: load(prepared, runtime), 3)
        rows.append([load(prepared, runtime).runtime, f"{ms:.0f}"])
    print_table("Loading the model in a process that has torch", ("runtime", "ms"), rows)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_memory_of_a_worker(prepared) -> None:
    identity, cache, _ = prepared
    rows = []
    for runtime in (TORCH, "auto"):
        done = subprocess.run(
            [sys.executable, "-c", WORKER, str(SHIPPED_MODEL), identity, str(cache), runtime],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        name, peak = json.loads(done.stdout.splitlines()[-1])
        rows.append([name, f"{peak:.0f}", f"{peak / MEMORY_AIM_MIB:.0%}"])
    head = ("runtime", "peak MiB", "of 1 GiB")
    print_table("Memory of a worker after three images of 3000 x 2500 px", head, rows)
