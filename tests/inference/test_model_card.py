"""The card says what was measured, and nothing that was not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inference.evaluation.calibration import CalibrationCheck
from inference.evaluation.document import to_markdown
from inference.evaluation.errors import ReportUnreadable
from inference.networks.description import Calibration, Provenance
from inference.training.card import CardSource, card_blocks, main
from inference.training.facts import (
    CardFacts,
    PartCounts,
    Stage,
    read_facts,
    read_stage,
    write_facts,
)
from inference.training.tune import TuningRules
from tests.inference.evaluated import model
from tests.inference.support import describe, save_small, small_network

NAN = float("nan")
CHECK = CalibrationCheck(0.106, 0.041, 0.098, 0.086, 2)
PARTS = (
    PartCounts("train", 70, 100, 40),
    PartCounts("validation", 15, 20, 8),
    PartCounts("test", 15, 21, 9),
)
RULES = TuningRules("as somebody liked", 7, 0.06, 0.4)
FACTS = CardFacts(PARTS, (Stage(9, 5, 0.75, 0.12),), CHECK, RULES, ("Stopped early.",))


@pytest.fixture(scope="module")
def source() -> CardSource:
    about = describe(small_network())
    origin = Provenance("ChestX-ray14, 141 images", "d" * 64, "5" * 64, "ImageNet", "Apache-2.0")
    return CardSource(replace(about, provenance=origin), FACTS, model())


def text_of(source: CardSource) -> str:
    return to_markdown(card_blocks(source))


def test_every_part_is_there(source: CardSource) -> None:
    text = text_of(source)
    for heading in (
        *("# small 0.0.1", "## Intended use", "## Training data", "## Held-out results"),
        *("### Subgroups", "### Calibration", "### Boxes", "### Heat maps", "## Limits"),
        "## Licence and citation",
    ):
        assert f"{heading}\n" in text
    assert "ab" * 32 in text
    assert "| train | 70 | 100 | 40 |" in text
    assert "Trained on 100 images of 70 patients, all of one hospital" in text
    assert "not your prevalence" in text
    assert "Wang X" in text


def test_training_is_told_from_its_logs_and_notes(source: CardSource) -> None:
    text = text_of(source)
    assert "- Started from: ImageNet.\n- Training: 9 epochs run, " in text
    assert "epoch 5 kept (macro AUROC 0.750, mean AP40 0.120 on the validation patients)." in text
    assert "- Stopped early.\n" in text
    stages = (Stage(3, 3, 0.7, NAN), Stage(9, 5, NAN, NAN))
    both = text_of(replace(source, facts=replace(FACTS, stages=stages)))
    assert "- Stage 1: 3 epochs run, epoch 3 kept (macro AUROC 0.700 on the validation" in both
    assert "- Stage 2: 9 epochs run, epoch 5 kept.\n" in both


def test_scores_are_called_probabilities_only_where_they_are_calibrated(source: CardSource) -> None:
    text = text_of(source)
    assert "scores, not probabilities" in text
    assert "error of 0.041 (before: 0.106)" in text
    calibration = Calibration((1.0,) * 3, (0.0,) * 3, "the validation patients")
    claimed = text_of(replace(source, about=replace(source.about, calibration=calibration)))
    assert "Scores are probabilities, calibrated on: the validation patients." in claimed
    assert "not probabilities" not in claimed


def test_the_rules_are_those_of_the_tuning_and_not_of_today(source: CardSource) -> None:
    text = text_of(source)
    assert "Thresholds: as somebody liked. A finding with fewer than 7 positives" in text
    assert "at most 0.06 false boxes an image" in text
    assert "40% of the boxes shown are right" in text


def test_another_models_probabilities_are_owned_up_to(source: CardSource) -> None:
    assert "another model" not in text_of(source)
    origin = replace(
        source.about.provenance,
        training={"data": {"soft_targets_csv": "other.csv", "soft_share": 0.5}},
    )
    text = text_of(replace(source, about=replace(source.about, provenance=origin)))
    assert "with weight 0.5, the probabilities of another model (`other.csv`)" in text


def test_weak_and_unseen_findings_are_named(source: CardSource) -> None:
    text = text_of(source)
    # By the settings of the made-up evaluation, Edema has threshold 1, and so have boxes of Mass.
    assert "- Never proposed: Edema." in text
    assert "- No boxes are shown at all for: Mass." in text


def test_a_group_that_fares_worse_stands_among_the_limits(source: CardSource) -> None:
    evaluation = source.result.evaluation
    calm = tuple(replace(item, statement="No difference.") for item in evaluation.subgroups)
    worse = (replace(calm[0], statement="This group fares worse than the others."), *calm[1:])
    for groups, words in (
        (worse, "- Fares worse than on the others: sex female."),
        (calm, "- In no subgroup a difference was shown"),
        ((), "- Not examined: differences by sex, age and view"),
    ):
        result = replace(source.result, evaluation=replace(evaluation, subgroups=groups))
        assert words in text_of(replace(source, result=result))


def test_a_classifier_alone_has_no_word_of_boxes(source: CardSource) -> None:
    about = replace(describe(small_network(neck=None)), provenance=source.about.provenance)
    evaluation = replace(source.result.evaluation, boxes=None)
    result = replace(source.result, evaluation=evaluation)
    text = text_of(replace(source, about=about, result=result))
    assert "draws boxes" not in text
    assert "Box scores" not in text
    assert "### Boxes" not in text


def test_other_data_is_not_said_to_be_chestxray14(source: CardSource) -> None:
    origin = replace(source.about.provenance, data="synthetic phantoms, 16 images")
    text = text_of(replace(source, about=replace(source.about, provenance=origin)))
    assert "Wang" not in text
    assert "hospital" not in text.split("## Limits")[1].split("Not examined")[0]


def test_facts_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_facts(FACTS, tmp_path)
    assert read_facts(tmp_path) == FACTS
    (tmp_path / "facts.json").write_text("{}")
    with pytest.raises(ReportUnreadable):
        read_facts(tmp_path)
    with pytest.raises(ReportUnreadable):
        read_facts(tmp_path / "none")


def test_the_kept_epoch_is_the_one_that_training_keeps(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    assert read_stage(log) is None
    columns = "epoch,loss,classification,detection,auroc,ap40,seconds"
    log.write_text(f"{columns}\n1,1,1,0,0.7,0.1,9\n2,1,1,0,0.72,0.2,9\n3,1,1,0,0.9,0.01,9\n")
    # By the sum of both: 0.8, 0.92, 0.91.
    assert read_stage(log) == Stage(3, 2, 0.72, 0.2)
    log.write_text(f"{columns}\n1,1,1,0,0.7,nan,9\n2,1,1,0,0.6,nan,9\n")
    found = read_stage(log)
    assert found is not None
    assert found.best_epoch == 1


def test_a_checkpoint_without_its_numbers_makes_no_card(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_small(tmp_path)
    assert main(["--checkpoint", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("evaluation_report_unreadable: metrics.json")
    assert not (tmp_path / "CARD.md").exists()
