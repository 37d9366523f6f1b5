"""The evaluation's command: which images, which thresholds, several models, refusals."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.evaluation.collect import collect, with_mirror_images
from inference.evaluation.drift import read_reference
from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.lungs import lungs_from
from inference.evaluation.results import Report, read_report
from inference.evaluation.run import (
    check_labels,
    choose_images,
    choose_split,
    choose_thresholds,
    main,
)
from inference.evaluation.thresholds import ThresholdRule
from inference.networks.files import checkpoint_sha256
from inference.networks.unet import UNet, UNetConfig
from inference.networks.unet_checkpoint import UNetDescription, save_unet
from inference.predict.predictor import Predictor
from inference.training.config import DataConfig
from inference.training.datasets import Dataset, load_dataset, read_grey
from inference.training.errors import DataRefused
from inference.training.splits import Split
from tests.inference.evaluated import many
from tests.inference.support import describe, radiograph, save_small, small_network, write_folder

PARTS = ("train", "validation", "test")
HEART = "10,10,40,40"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """18 images of 9 patients, three patients a part; two small checkpoints; lung masks."""
    path = tmp_path_factory.mktemp("evaluation")
    names = [f"{number:02d}.png" for number in range(18)]
    findings = ("Cardiomegaly", "Mass|Edema", "No Finding")
    images = [(name, str(k // 2), findings[k % 3]) for k, name in enumerate(names)]
    boxes = [f"{name},Cardiomegaly,{HEART}" for name in names[::3]]
    write_folder(path / "data", images, boxes)
    split = Split(tuple((str(patient), PARTS[patient % 3]) for patient in range(9)))
    for name, seed in (("one", None), ("two", "other")):
        network = small_network(head="linear" if seed is None else "hidden")
        save_small(path / name, network)
        split.save(path / name / "split.csv")
    (path / "masks").mkdir()
    mask = np.zeros((32, 32), dtype=np.uint8)
    mask[:, :16] = 255
    for name in names[:9]:
        Image.fromarray(mask).save(path / "masks" / name)
    return path


def evaluate(work: Path, out: Path, *more: str) -> Report:
    common = ["--data", str(work / "data"), "--out", str(out), "--resamples", "20"]
    common += ["--without-figures"]
    assert main(["--checkpoint", str(work / "one"), *common, *more]) == 0
    return read_report(out / "metrics.json")


def test_two_models_side_by_side_on_the_same_images(work: Path, tmp_path: Path) -> None:
    report = evaluate(work, tmp_path, "--checkpoint", str(work / "two"))
    assert [item.evaluation.images for item in report.models] == [6, 6]
    assert {item.runtime for item in report.models} == {"torch"}
    assert len(report.comparisons) == 1
    assert {"macro_auroc", "mean_ap40"} < {item.name for item in report.comparisons[0].differences}
    text = (tmp_path / "report.md").read_text()
    assert text.count("Paired bootstrap") == 1
    assert "## Side by side" in text
    assert "one in 20" in text
    assert (tmp_path / "tables" / "comparison.csv").is_file()


def test_one_model_has_no_comparison_and_says_where_its_thresholds_are_from(
    work: Path, tmp_path: Path
) -> None:
    report = evaluate(work, tmp_path, "--thresholds", "sensitivity:0.5")
    found = report.models[0].evaluation
    assert "sensitivity of at least 0.5 on validation patients" in found.thresholds_from
    assert found.calibration is not None
    assert (found.calibration.fitted_on, found.calibration.fitted_images) == (
        "validation patients",
        6,
    )
    assert report.comparisons == ()
    assert "Side by side" not in (tmp_path / "report.md").read_text()


def test_score_histograms_are_left_where_they_are_asked_for(work: Path, tmp_path: Path) -> None:
    evaluate(work, tmp_path)
    assert read_reference(work / "one") is None
    evaluate(work, tmp_path, "--reference")
    reference = read_reference(work / "one")
    assert reference is not None
    assert reference.images == 6
    assert {sum(row) for row in reference.counts.values()} == {6}


def test_validation_numbers_are_said_to_be_too_good(work: Path, tmp_path: Path) -> None:
    found = evaluate(work, tmp_path, "--part", "validation").models[0].evaluation
    assert "the very patients that are judged" in found.thresholds_from
    assert found.calibration is not None
    assert "5 parts" in found.calibration.fitted_on


def test_training_patients_among_the_judged_are_counted(work: Path, tmp_path: Path) -> None:
    report = evaluate(work, tmp_path, "--part", "all")
    assert report.models[0].trained_on == 3
    text = (tmp_path / "report.md").read_text()
    # Above everything, and with the model's own numbers again.
    assert text.count("3 of the patients are training patients") == 2


def test_heat_is_held_against_lung_masks_where_there_are_some(work: Path, tmp_path: Path) -> None:
    found = evaluate(work, tmp_path, "--lungs", str(work / "masks"), "--part", "all")
    overall = found.models[0].evaluation.heat[0]
    # Images 0 to 8 have a mask, and nine findings; some maps of random weights have no heat.
    assert overall.boxed == 6
    assert 0 < overall.with_lungs <= 9
    assert overall.lungs.value == pytest.approx(0.5)


def test_another_models_scores_are_a_yardstick(work: Path, tmp_path: Path) -> None:
    other = tmp_path / "densenet.csv"
    other.write_text("image,Cardiomegaly\n" + "".join(f"{k:02d}.png,{k}\n" for k in range(12)))
    more = ("--against", str(other), "--part", "all")
    report = evaluate(work, tmp_path / "out", *more)
    assert [item.first for item in report.comparisons] == ["densenet"]
    assert report.comparisons[0].images == 12


def test_masks_come_from_pictures_or_from_a_u_net(work: Path, tmp_path: Path) -> None:
    grey = radiograph(64, 64)
    masks = lungs_from(work / "masks")
    found = masks("images/03.png", grey)
    assert found is not None
    assert found.mean() == 0.5
    assert masks("images/17.png", grey) is None
    about = describe(small_network())
    network = UNet(UNetConfig(channels=(4, 8)))
    description = UNetDescription(
        *("lungs", "0", network.config, 32, 0.5, 0.25, 0.5, (), about.provenance)
    )
    save_unet(network.eval(), description, tmp_path)
    mask = lungs_from(tmp_path)("any", radiograph(40, 20))
    assert mask is not None
    assert mask.dtype == bool
    assert mask.shape == (32, 16)


def test_a_mask_of_another_shape_and_a_folder_without_masks_are_refused(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--checkpoint", str(work / "one"), "--data", str(work / "data")]
    common += ["--out", str(tmp_path / "out"), "--resamples", "5"]
    for folder in (tmp_path, tmp_path / "none"):
        assert main([*common, "--lungs", str(folder)]) == 1
        assert capsys.readouterr().err.startswith("evaluation_refused: ")
    Image.fromarray(np.zeros((10, 30), dtype=np.uint8)).save(tmp_path / "04.png")
    assert main([*common, "--lungs", str(tmp_path)]) == 1
    assert "04.png has another shape" in capsys.readouterr().err
    assert not (tmp_path / "out" / "metrics.json").exists()


def test_flips_are_compared_with_the_image_as_it_is(
    work: Path, dataset: Dataset, tmp_path: Path
) -> None:
    report = evaluate(work, tmp_path, "--flips")
    assert [item.second for item in report.comparisons] == [
        f"{report.models[0].name}, mean with the mirror image"
    ]
    predictor = Predictor.load(work / "one", sha256=checkpoint_sha256(work / "one"), device="cpu")
    alone = collect(predictor, dataset, (0, 1))
    both = with_mirror_images(predictor, dataset, alone)
    grey = read_grey(dataset.folder / dataset.records[1].image)
    mirrored = predictor.predict_raw(np.ascontiguousarray(grey[:, ::-1])).scores
    assert np.array_equal(both.scores[1], (alone.scores[1] + np.array(mirrored)) / 2)
    assert not np.array_equal(both.scores, alone.scores)
    assert both.boxes == alone.boxes


def test_data_that_shares_no_label_with_the_model_is_refused(work: Path, dataset: Dataset) -> None:
    predictor = Predictor.load(work / "one", sha256=checkpoint_sha256(work / "one"), device="cpu")
    check_labels(predictor, dataset)
    strange = replace(dataset, labels=("Fracture",), box_labels=())
    with pytest.raises(EvaluationRefused):
        check_labels(predictor, strange)


def test_one_hash_cannot_name_two_checkpoints(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ["--checkpoint", str(work / "one"), "--checkpoint", str(work / "two")]
    more = ["--data", str(work / "data"), "--out", str(tmp_path), "--sha256", "0" * 64]
    assert main([*both, *more]) == 1
    assert capsys.readouterr().err.startswith("evaluation_refused: ")


def test_a_runtime_that_was_never_checked_is_refused(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--data", str(work / "data"), "--out", str(tmp_path), "--runtime", "openvino"]
    assert main(["--checkpoint", str(work / "one"), *more]) == 1
    assert capsys.readouterr().err.startswith("runtime_unavailable: ")


def test_a_place_that_is_no_folder_is_refused_before_any_work(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    more = ["--data", str(work / "data"), "--out", str(tmp_path / "file")]
    assert main(["--checkpoint", str(work / "one"), *more]) == 1
    assert capsys.readouterr().err == "evaluation_refused: Nothing can be written under file.\n"


def test_a_rule_that_is_none_is_a_usage_error(work: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--checkpoint", "x", "--data", "x", "--out", "x", "--thresholds", "best"])


@pytest.fixture
def dataset(work: Path) -> Dataset:
    return load_dataset(work / "data", DataConfig())


def test_parts_come_from_the_split(dataset: Dataset) -> None:
    split = Split((("0", "test"), ("1", "validation"), ("2", "train")))
    chosen = choose_images(dataset, split, "test")
    assert (chosen.evaluated, chosen.validation) == ((0, 1), (2, 3))
    assert chosen.patients == {"0"}
    assert choose_images(dataset, split, "validation").validation == ()
    assert len(choose_images(dataset, None, "all").evaluated) == 18


def test_a_given_split_comes_first_then_the_checkpoints_then_the_datas(
    work: Path, dataset: Dataset, tmp_path: Path
) -> None:
    given = Split((("0", "validation"),))
    given.save(tmp_path / "given.csv")
    stated = replace(dataset, records=tuple(replace(r, part="test") for r in dataset.records))
    assert choose_split(stated, tmp_path / "given.csv", work / "one") == given
    own = choose_split(stated, None, work / "one")
    assert own is not None
    assert own.patients("train") == {"0", "3", "6"}
    theirs = choose_split(stated, None, tmp_path)
    assert theirs is not None
    assert len(theirs.patients("test")) == 9
    assert choose_split(dataset, None, tmp_path) is None


def test_a_part_that_is_not_there_is_refused(dataset: Dataset) -> None:
    with pytest.raises(DataRefused):
        choose_images(dataset, None, "test")
    with pytest.raises(DataRefused):
        choose_images(dataset, Split((("0", "train"),)), "test")


def test_thresholds_are_chosen_where_a_label_is_known() -> None:
    collected = many()
    own = (0.1, 0.2, 0.3)
    assert choose_thresholds(ThresholdRule(), own, collected) == own
    known = collected.known.copy()
    known[:, 0] = False
    rule = ThresholdRule.parse("youden:0.5")
    chosen = choose_thresholds(rule, own, replace(collected, known=known))
    assert chosen[0] == 1.0
    assert chosen[1] == rule.choose(collected.scores[:, 1], collected.truth[:, 1])


def test_csv_columns_of_age_sex_and_view_make_the_groups(work: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "images").symlink_to(work / "data" / "images")
    (data / "boxes.csv").write_text((work / "data" / "boxes.csv").read_text())
    with (work / "data" / "labels.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    with (data / "labels.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*rows[0], "age_years", "sex", "view_position"])
        writer.writerows([[*row.values(), 30 + k, "MF"[k % 2], "PA"] for k, row in enumerate(rows)])
    out = tmp_path / "out"
    common = ["--checkpoint", str(work / "one"), "--data", str(data), "--out", str(out)]
    assert main([*common, "--resamples", "10", "--part", "all", "--without-figures"]) == 0
    groups = read_report(out / "metrics.json").models[0].evaluation.subgroups
    assert [(item.attribute, item.group, item.images) for item in groups] == [
        *(("sex", "female", 9), ("sex", "male", 9)),
        *(("age", "18 to 39", 10), ("age", "40 to 59", 8)),
        ("view", "PA", 18),
    ]
    assert "Too small a group" in (out / "report.md").read_text()
