"""Which runtime is chosen, what is remembered of it, and what happens when that goes bad."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.networks.errors import ModelHashMismatch
from inference.networks.export import GRAPH, GRAPH_WEIGHTS
from inference.predict import runtime_prepare
from inference.predict.predictor import Predictor
from inference.predict.runtime import OPENVINO_BF16, OPENVINO_F32, TORCH
from inference.predict.runtime_choice import (
    RuntimeChoice,
    RuntimeUnavailable,
    export_folder,
    found_report,
)
from inference.predict.runtime_parity import Tolerance
from inference.predict.runtime_prepare import prepare, refuse
from inference.predict.runtime_report import REPORT, RuntimeReport, read_report
from tests.inference.support import radiograph, save_small

CPU = torch.device("cpu")
# The fastest of such a small network is left to chance; these tests ask for OpenVINO.
OPENVINO = "openvino"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> tuple[Path, str, Path, RuntimeReport]:
    """(checkpoint, its identity, cache, report). Tests that change files work on copies."""
    checkpoint = tmp_path_factory.mktemp("checkpoint")
    cache = tmp_path_factory.mktemp("cache")
    identity = save_small(checkpoint)
    return (
        checkpoint,
        identity,
        cache,
        prepare(checkpoint, sha256=identity, cache=cache, device="cpu"),
    )


def load(
    prepared: tuple[Path, str, Path, RuntimeReport], name: str, cache: Path | None = None
) -> Predictor:
    checkpoint, identity, kept, _ = prepared
    return Predictor.load(
        checkpoint,
        sha256=identity,
        device="cpu",
        threads=1,
        choice=RuntimeChoice(name, cache or kept),
    )


def test_the_report_measures_every_runtime_and_chooses_the_fastest_that_agrees(prepared) -> None:
    _, identity, cache, report = prepared
    assert read_report(export_folder(cache, identity, CPU)) == report
    assert found_report(cache, identity, CPU) == report
    assert {item.runtime for item in report.candidates} >= {TORCH, OPENVINO_F32}
    complaints = {item.runtime: item.complaint for item in report.candidates}
    assert complaints[TORCH] == complaints[OPENVINO_F32] == ""
    usable = [item for item in report.candidates if not item.complaint]
    assert report.chosen == min(usable, key=lambda item: item.ms).runtime
    assert report.chosen in report.summary
    assert "logit 0.02" in report.tolerance


def test_openvino_predicts_what_torch_predicts(prepared) -> None:
    image = radiograph(90, 120)
    expected, found = (
        load(prepared, "torch").predict(image),
        load(prepared, OPENVINO).predict(image),
    )
    assert expected.runtime == TORCH
    assert found.runtime in (OPENVINO_F32, OPENVINO_BF16)
    assert found.scores == pytest.approx(expected.scores, abs=0.02)
    assert len(found.detections) == len(expected.detections) > 0
    apart = found.heatmaps.maps.astype(int) - expected.heatmaps.maps.astype(int)
    assert np.abs(apart).max() <= 26


def test_auto_takes_what_the_report_chose_and_torch_where_there_is_none(prepared, tmp_path) -> None:
    assert load(prepared, "auto").runtime == prepared[3].chosen
    assert load(prepared, "auto", tmp_path).runtime == TORCH


def test_a_runtime_that_disagrees_is_never_chosen_and_the_report_says_why(
    prepared, tmp_path
) -> None:
    checkpoint, identity, _, _ = prepared
    strict = Tolerance(logit=-1.0)  # nothing can be that near
    report = prepare(checkpoint, sha256=identity, cache=tmp_path, device="cpu", tolerance=strict)
    assert report.chosen == TORCH
    assert "openvino-f32: logits differ by" in report.summary
    assert load(prepared, "auto", tmp_path).runtime == TORCH
    with pytest.raises(RuntimeUnavailable, match="logits differ"):
        load(prepared, OPENVINO, tmp_path)


@pytest.mark.parametrize("name", [GRAPH, GRAPH_WEIGHTS, REPORT])
def test_a_corrupt_export_is_not_used(prepared, name: str) -> None:
    _, identity, cache, _ = prepared
    path = export_folder(cache, identity, CPU) / name
    kept = path.read_bytes()
    path.write_bytes(b"x" + kept[1:])
    assert found_report(cache, identity, CPU) is None
    assert load(prepared, "auto").runtime == TORCH
    path.write_bytes(kept)
    assert found_report(cache, identity, CPU) is not None


def test_a_corrupt_export_is_made_again(prepared) -> None:
    checkpoint, identity, cache, _ = prepared
    (export_folder(cache, identity, CPU) / GRAPH_WEIGHTS).write_bytes(b"")
    prepare(checkpoint, sha256=identity, cache=cache, device="cpu")
    assert found_report(cache, identity, CPU) is not None
    assert load(prepared, OPENVINO).predict(radiograph()).scores


def test_an_intact_export_is_not_made_again(prepared) -> None:
    checkpoint, identity, cache, _ = prepared
    path = export_folder(cache, identity, CPU) / GRAPH
    before = path.stat().st_mtime_ns
    prepare(checkpoint, sha256=identity, cache=cache, device="cpu")
    assert path.stat().st_mtime_ns == before


def test_a_graph_that_does_not_open_leaves_torch_with_a_warning(
    prepared, tmp_path, caplog: pytest.LogCaptureFixture
) -> None:
    _, identity, _, report = prepared
    folder = export_folder(tmp_path, identity, CPU)
    folder.mkdir()
    # An intact report of a graph that is not there: as after another version wrote it.
    chosen = RuntimeReport(
        identity, report.machine, OPENVINO_F32, report.tolerance, report.candidates, ()
    )
    runtime_prepare.write_report(chosen, folder)
    with caplog.at_level(logging.WARNING):
        assert load(prepared, "auto", tmp_path).runtime == TORCH
    assert "torch computes small" in caplog.text
    with pytest.raises(RuntimeUnavailable):
        load(prepared, OPENVINO, tmp_path)


def test_a_check_that_died_leaves_torch_and_a_word(prepared, tmp_path) -> None:
    _, identity, _, _ = prepared
    report = refuse(sha256=identity, cache=tmp_path, device="cpu", complaint="ended with signal 11")
    assert report.summary == "torch; openvino-f32: ended with signal 11"
    assert found_report(tmp_path, identity, CPU) == report
    assert load(prepared, "auto", tmp_path).runtime == TORCH


def test_an_unknown_runtime_is_refused(prepared) -> None:
    with pytest.raises(RuntimeUnavailable, match="No runtime is called"):
        load(prepared, "tensor-rt")


def test_nothing_is_left_behind_when_the_checkpoint_is_refused(prepared, tmp_path) -> None:
    checkpoint = prepared[0]
    with pytest.raises(ModelHashMismatch):
        prepare(checkpoint, sha256="0" * 64, cache=tmp_path, device="cpu")
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.slow
def test_the_check_runs_as_a_process_of_its_own(prepared, tmp_path) -> None:
    checkpoint, identity, _, _ = prepared
    module = [sys.executable, "-m", "inference.predict.runtime_prepare"]
    subprocess.run([*module, str(checkpoint), identity, str(tmp_path), "cpu"], check=True)
    assert found_report(tmp_path, identity, CPU) is not None
