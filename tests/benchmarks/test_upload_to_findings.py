"""Where the time goes from upload to stored findings, step by step, on this machine.

    make bench

Prints a table; asserts only that the chain did its work. Every step runs in this process except the
decoding child, as in production. The files are phantoms of 3000 x 2500 px.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from annotations.reading.services.proposals import findings_propose
from cases.models import Image
from cases.services.ingest import image_ingest
from cases.services.upload import UploadRequest, upload_accept
from inference.models import InferenceRun
from inference.phantoms.dicom_file import phantom_dicom
from inference.phantoms.generator import make_phantom
from inference.services.infer import run_infer
from inference.services.registry import model_activate, model_add
from inference.services.runs import runs_ensure
from tests.support.phantoms import identity_of

pytestmark = pytest.mark.django_db
REPEATS = 5
SIZE_PX = (3000, 2500)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """One radiograph a repeat, and one to warm up with."""
    paths = []
    for seed in range(REPEATS + 1):
        phantom = make_phantom(seed, size_px=SIZE_PX)
        path = tmp_path / f"{seed}.dcm"
        path.write_bytes(phantom_dicom(phantom, identity=identity_of(seed)))
        paths.append(path)
    return paths


def test_latency_from_upload_to_findings_by_step(files, department, clinician) -> None:
    model_activate(model=model_add())
    steps: dict[str, list[float]] = defaultdict(list)
    for number, path in enumerate(files):
        took = _one(path, department, clinician)
        if number:  # the first one loads the model
            for name, seconds in took.items():
                steps[name].append(seconds)
    _print(steps)
    assert InferenceRun.objects.filter(state="DONE").count() == len(files)


def _one(path: Path, department, clinician) -> dict[str, float]:
    marks = [time.perf_counter()]
    request = UploadRequest(user=clinician, department=department, path=path, file_name=path.name)
    image = upload_accept(request).image
    marks.append(time.perf_counter())
    image_ingest(image_id=image.pk)
    marks.append(time.perf_counter())
    runs_ensure(case_id=image.case_id)
    run = InferenceRun.objects.get(image=image)
    run_infer(run_id=run.pk)
    marks.append(time.perf_counter())
    findings_propose(run_id=run.pk)
    marks.append(time.perf_counter())
    run.refresh_from_db()
    assert Image.objects.get(pk=image.pk).state == "DONE"
    whole = dict(zip(("upload", "ingest", "analysis", "propose"), _differences(marks), strict=True))
    inside = {f"  {name}": value for name, value in run.timings_s.items()}
    return {**whole, **inside, "total": marks[-1] - marks[0]}


def _differences(marks: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(marks)]


def _print(steps: dict[str, list[float]]) -> None:
    total = statistics.median(steps["total"])
    print(f"\nupload to findings, {SIZE_PX[0]} x {SIZE_PX[1]} px, n = {REPEATS}, one CPU thread")
    print(f"{'step':18} {'median ms':>10} {'min':>8} {'max':>8} {'share':>7}")
    for name, values in steps.items():
        median = statistics.median(values)
        print(
            f"{name:18} {median * 1000:10.0f} {min(values) * 1000:8.0f}"
            f" {max(values) * 1000:8.0f} {median / total:7.0%}"
        )
