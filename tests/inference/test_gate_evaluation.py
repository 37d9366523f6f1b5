"""The gate's measurement: hand-worked intervals, counts by kind, and both commands on phantoms."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.evaluation import gate as evaluation
from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.gate import by_patient, summarise, wilson
from inference.evaluation.gate_data import adults, phantom_grey, some
from inference.evaluation.strangers import cropped, otherwise_taken, strangers, variants
from inference.networks.files import read_checkpoint
from inference.predict.lungs import LungSegmenter
from inference.predict.quality import Reason, Verdict
from inference.predict.quality_parameters import CLASSES, load_gate
from inference.training import gate as training
from inference.training.splits import Split

LUNGS = Path(evaluation.__file__).parents[1] / "weights" / "lungs-unet"


def verdict(*reasons: tuple[str, str, bool]) -> Verdict:
    return Verdict(tuple(Reason(code, "", basis, refuses) for code, basis, refuses in reasons))


def test_wilson_intervals_by_hand_worked_values() -> None:
    # z = 1.96: 0 of 100 gives z^2/(n + z^2) = 3.8416/103.8416; 50 of 100 is symmetric
    assert wilson(0, 100) == pytest.approx((0.0, 0.036995), abs=1e-4)
    low, high = wilson(50, 100)
    assert low + high == pytest.approx(1.0)
    assert (low, high) == pytest.approx((0.4038, 0.5962), abs=1e-4)


def test_one_patient_with_all_false_alarms_widens_the_interval() -> None:
    flagged = [True] * 10 + [False] * 90
    apart = by_patient(flagged, [str(i) for i in range(100)])
    together = by_patient(flagged, ["one"] * 10 + [str(i) for i in range(90)])
    assert together[1] - together[0] >= apart[1] - apart[0]


def test_the_header_is_counted_apart_and_reasons_by_their_name() -> None:
    verdicts = [
        verdict(("child", "header", False)),
        verdict(("turned", "pixels", True), ("too_small", "pixels", False)),
        verdict(("cropped", "pixels", False)),
        verdict(),
    ]
    result = summarise("turned_90", verdicts, "turned")
    assert (result.images, result.flagged, result.refused, result.named) == (4, 2, 1, 1)
    assert result.share == 0.5
    assert dict(result.reasons) == {"cropped": 1, "too_small": 1, "turned": 1}


def test_made_pictures_are_of_five_kinds_and_half_are_for_measuring() -> None:
    made = [item for item in strangers(4) if item.kind != "photo"]
    assert {item.kind for item in made} == {"chart", "page", "noise", "limb"}
    assert sum(item.for_fitting for item in made) == len(made) / 2
    assert all(item.grey.dtype == np.float32 for item in made)
    assert all(0.0 <= item.grey.min() <= item.grey.max() <= 1.0 for item in made)
    again = [item for item in strangers(4) if item.kind != "photo"]
    assert all((a.grey == b.grey).all() for a, b in zip(made, again, strict=True))


def test_variants_are_what_they_are_called() -> None:
    grey = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    made = dict(variants(grey, np.random.default_rng(0)))
    assert set(made) == set(CLASSES) - {"upright", "other"}
    assert (made["inverted"] == 1 - grey).all()
    assert (made["turned_180"] == grey[::-1, ::-1]).all()
    assert made["turned_90"].shape == (4, 3)
    whole = np.zeros((100, 200), np.float32)
    part = cropped(whole, np.random.default_rng(3))
    assert 0.5 <= part.size / whole.size <= 0.6
    assert otherwise_taken(whole, np.random.default_rng(3)).shape == whole.shape


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six radiographs of six people, one of them a child, one of an impossible age."""
    folder = tmp_path_factory.mktemp("gate")
    (folder / "images").mkdir()
    parts = ("train", "train", "validation", "test", "test", "test")
    ages = (40, 50, 60, 70, 12, 414)
    Split(tuple((str(n), part) for n, part in enumerate(parts))).save(folder / "split.csv")
    with (folder / "labels.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("image", "patient_id", "age_years"))
        for number, age in enumerate(ages):
            image = (phantom_grey(number) * 255).astype(np.uint8)
            cv2.imwrite(str(folder / "images" / f"{number}.png"), image)
            table.writerow((f"{number}.png", number, age))
    return folder


def split_of(data: Path) -> Split:
    return training.load_split(data / "split.csv")


def test_only_adults_of_the_part_are_taken(data) -> None:
    assert [item.patient_id for item in adults(data, split_of(data), "test")] == ["3"]
    found = adults(data, split_of(data), "train")
    assert [item.patient_id for item in found] == ["0", "1"]
    assert some(found, 5, seed=0) == found
    assert len(some(found, 1, seed=0)) == 1


def test_a_folder_without_a_table_is_refused(tmp_path) -> None:
    with pytest.raises(EvaluationRefused):
        adults(tmp_path, Split((("0", "test"),)), "test")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:libpng")
def test_a_gate_is_fitted_and_measured_by_command(data, tmp_path, capsys) -> None:
    small = ["--images", "2", "--wrong", "2", "--strangers", "4", "--phantoms", "4"]
    paths = ["--data", data, "--split", data / "split.csv", "--lungs", LUNGS, "--threads", "1"]
    assert training.main([*map(str, paths), "--out", str(tmp_path / "gate"), *small]) == 0
    identity = capsys.readouterr().out.split()[-1]
    assert len(identity) == 64
    assert all(read_checkpoint(tmp_path / "gate"))
    sha256 = LungSegmenter.load(LUNGS).sha256
    assert load_gate(tmp_path / "gate", lungs_sha256=sha256).provenance.split_sha256
    few = ["--gate", str(tmp_path / "gate"), "--wrong", "1", "--strangers", "2"]
    assert evaluation.main([*map(str, paths), "--out", str(tmp_path / "out"), *few]) == 0
    table = json.loads((tmp_path / "out" / "gate.json").read_text())
    assert {"radiograph", "inverted", "cropped", "photo"} <= {row["kind"] for row in table}
    assert next(row for row in table if row["kind"] == "radiograph")["images"] == 1
    assert "| radiograph | 1 |" in (tmp_path / "out" / "gate.md").read_text()
