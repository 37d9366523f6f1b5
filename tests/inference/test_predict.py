"""Batch prediction: the same numbers as everywhere, in original pixels, resumable, faults coded."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import pytest
from django.core.management import CommandError, call_command

from inference.networks.files import checkpoint_sha256
from inference.predict.predictor import Predictor
from inference.services.predict import overlay
from inference.services.predict_formats import NO_FINDING, RunFacts, image_ids, write_results
from inference.training.images import read_grey
from tests.inference.support import LABELS, radiograph, save_small
from tests.support.phantoms import phantom_file


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    save_small(folder)
    return folder


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for number, shape in enumerate([(90, 120), (80, 60)]):
        grey = (radiograph(*shape, seed=number) * 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), grey)
    return folder


def predict(model: Path, out: Path, *named: Path, **options: Any) -> str:
    said = StringIO()
    chosen = {"runtime": "torch", "device": "cpu", "batch": 2} | options
    call_command(
        "predict", *map(str, named), out=out, model=str(model), stdout=said, stderr=said, **chosen
    )
    return said.getvalue()


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "predictions.jsonl").read_text().splitlines()]


def test_the_lines_are_what_the_evaluation_computes(model: Path, images: Path, tmp_path) -> None:
    predict(model, tmp_path / "out", images, min_score=0.0)
    predictor = Predictor.load(model, sha256=checkpoint_sha256(model), device="cpu")
    found = lines(tmp_path / "out")
    assert [row["image"] for row in found] == ["0.png", "1.png"]
    for row in found:
        raw = predictor.predict_raw(read_grey(images / row["image"]))
        keys = ["image", "width_px", "height_px", "model", "probabilities", "detections"]
        assert list(row) == keys
        assert row["model"] == "small"
        assert list(row["probabilities"]) == list(LABELS)
        assert list(row["probabilities"].values()) == pytest.approx(raw.scores, abs=1e-6)
        assert [item["score"] for item in row["detections"]] == pytest.approx(
            [box.score for box in raw.boxes], abs=1e-6
        )
        for item in row["detections"]:
            left, top, right, bottom = item["xyxy"]
            assert 0 <= left < right <= row["width_px"]
            assert 0 <= top < bottom <= row["height_px"]
    assert (found[0]["width_px"], found[0]["height_px"]) == (120, 90)


def test_a_second_run_computes_nothing_and_may_change_the_format(
    model: Path, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert "2 images" in predict(model, out, images)
    said = predict(model, out, images, format="csv")
    assert "0 images" in said
    assert "2 known" in said
    with (out / "predictions.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    first = lines(out)[0]
    assert float(rows[0]["Mass"]) == first["probabilities"]["Mass"]
    with (out / "detections.csv").open(newline="") as stream:
        boxes = [row for row in csv.DictReader(stream) if row["image"] == first["image"]]
    assert [float(row["x_max_px"]) for row in boxes] == [
        item["xyxy"][2] for item in first["detections"]
    ]


def test_a_killed_run_goes_on_where_the_journal_ends(model: Path, images: Path, tmp_path) -> None:
    out = tmp_path / "out"
    predict(model, out, images)
    whole = (out / "predictions.jsonl").read_bytes()
    journal = (out / "journal.jsonl").read_text().splitlines(keepends=True)
    (out / "journal.jsonl").write_text("".join(journal[:2]) + journal[2][:20])
    (out / "predictions.jsonl").unlink()
    said = predict(model, out, images)
    assert "1 images" in said
    assert "1 known" in said
    assert (out / "predictions.jsonl").read_bytes() == whole


def test_other_options_do_not_mix_in_one_folder(model: Path, images: Path, tmp_path: Path) -> None:
    predict(model, tmp_path / "out", images)
    with pytest.raises(CommandError, match="output_folder_taken"):
        predict(model, tmp_path / "out", images, min_score=0.5)


def test_bad_files_are_listed_and_fail_the_command_at_the_end(
    model: Path, images: Path, tmp_path: Path
) -> None:
    (images / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n cut off")
    (images / "notes.txt").write_text("skipped")
    out = tmp_path / "out"
    with pytest.raises(CommandError, match="2 could not be predicted"):
        predict(model, out, images, tmp_path / "none.dcm")
    assert len(lines(out)) == 2
    with (out / "errors.csv").open(newline="") as stream:
        faults = {Path(row["image"]).name: row["code"] for row in csv.DictReader(stream)}
    assert faults["none.dcm"] == "file_not_found"
    assert faults["2.png"] in ("damaged", "truncated")
    assert json.loads((out / "run.json").read_text())["images"] == 2


def test_nothing_to_predict_is_said(model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="no_images"):
        predict(model, tmp_path / "out", tmp_path / "empty")


def test_an_animal_gets_no_findings(model: Path, tmp_path: Path) -> None:
    path = phantom_file(tmp_path, seed=3)
    header = pydicom.dcmread(path)
    header.PatientSpeciesDescription = "Canis familiaris"
    header.save_as(path)
    with pytest.raises(CommandError):
        predict(model, tmp_path / "out", path)
    assert lines(tmp_path / "out") == []
    assert "not_human" in (tmp_path / "out" / "errors.csv").read_text()


def test_a_heat_map_is_laid_over_the_image_in_its_size(model, images: Path, tmp_path) -> None:
    out = tmp_path / "out"
    predict(model, out, images)
    said = predict(model, out, images, heatmaps=True)
    assert "2 images" in said, "heat maps were not there yet"
    row = lines(out)[0]
    expected = {label for label, score in row["probabilities"].items() if score >= 0.5}
    drawn = list((out / "heatmaps" / "0.png").glob("*.png"))
    assert {path.stem for path in drawn} == expected
    for path in drawn:
        assert cv2.imread(str(path)).shape == (90, 120, 3)


def test_the_hottest_place_is_half_orange_and_cold_ones_stay_grey() -> None:
    mixed = overlay(np.full((2, 2), 100, np.uint8), np.array([[255, 0], [0, 0]], np.uint8))
    assert mixed[0, 0].tolist() == [50, 120, 178]
    assert mixed[1, 1].tolist() == [100, 100, 100]


def facts(labels: tuple[str, ...]) -> RunFacts:
    return RunFacts(
        name="m", version="1", sha256="0", labels=labels, thresholds=(0.5,) * len(labels),
        box_labels=labels, box_thresholds=(0.5,) * len(labels), calibration="", calibrated=False,
        min_score=0.01, runtime="torch",
    )  # fmt: skip


def a_row(image: str, *found: tuple[str, float]) -> dict[str, Any]:
    boxes = [{"label": label, "score": s, "xyxy": [1.0, 2.0, 30.5, 40.25]} for label, s in found]
    return {"image": image, "detections": boxes, "runtime": "torch", "warnings": []}


def test_a_submission_maps_labels_to_the_fourteen_classes(tmp_path: Path) -> None:
    """Mass is of class 8 (Nodule/Mass), Emphysema of none; nothing found is class 14."""
    labels = ("Cardiomegaly", "Mass", "Emphysema")
    rows = [
        a_row("a.png", ("Cardiomegaly", 0.9), ("Mass", 0.25), ("Emphysema", 0.8)),
        a_row("b.dicom"),
    ]
    write_results(tmp_path, "vinbigdata", facts(labels), rows)
    assert (tmp_path / "submission.csv").read_text().splitlines() == [
        "image_id,PredictionString",
        "a,3 0.900000 1.00 2.00 30.50 40.25 8 0.250000 1.00 2.00 30.50 40.25",
        f"b,{NO_FINDING}",
    ]
    assert json.loads((tmp_path / "run.json").read_text())["boxes_dropped"] == {"Emphysema": 1}


def test_image_ids_keep_their_suffix_only_where_they_must() -> None:
    assert image_ids(["x/a.png", "b.png", "b.dcm"]) == ["x/a", "b.png", "b.dcm"]
