from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from inference.evaluation.collect import Collected, boxes_of, judges
from inference.evaluation.document import to_markdown
from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.evaluate import Evaluation, evaluate
from inference.evaluation.explainability import HeatRow
from inference.evaluation.report import to_metrics
from inference.evaluation.sections import all_sections
from inference.evaluation.setting import Setting
from inference.predict.types import Box, BoxDetection
from inference.training.datasets import Record
from tests.inference.support import BOXED, LABELS

HEART = Box(10, 10, 30, 30)


def record(patient: str, labels: set[str], boxes: tuple[tuple[str, Box], ...] = ()) -> Record:
    return Record("i.png", patient, frozenset(labels), frozenset(LABELS), boxes)


def collected() -> Collected:
    records = (
        record("1", {"Cardiomegaly"}, (("Cardiomegaly", HEART),)),
        record("2", {"Cardiomegaly"}, (("Cardiomegaly", HEART),)),
        record("3", set()),
        record("4", {"Cardiomegaly"}),
        record("5", {"Edema"}),
    )
    return Collected(
        labels=LABELS,
        box_labels=BOXED,
        records=records,
        scores=np.array(
            [[0.9, 0.1, 0.1], [0.8, 0.2, 0.2], [0.3, 0.1, 0.1], [0.2, 0, 0], [0, 0, 1]]
        ),
        truth=np.array([[label in item.labels for label in LABELS] for item in records]),
        known=np.ones((5, 3), dtype=bool),
        boxes=(
            (BoxDetection("Cardiomegaly", 0.9, HEART, 0.5),),
            (BoxDetection("Cardiomegaly", 0.7, Box(10, 10, 30, 19), 0.5),),  # IoU 0.45
            (BoxDetection("Cardiomegaly", 0.6, HEART, 0.5),),
            (BoxDetection("Cardiomegaly", 0.95, HEART, 0.5),),
            (),
        ),
    )


@pytest.fixture
def result() -> Evaluation:
    setting = Setting("made up", "test", (0.5, 0.5, 0.5), (0.65, 1.0), resamples=200)
    return evaluate(collected(), setting)


def test_which_images_judge_which_boxes() -> None:
    boxed = record("1", {"Cardiomegaly", "Mass"}, (("Cardiomegaly", HEART),))
    assert judges(boxed, "Cardiomegaly", BOXED)
    assert not judges(boxed, "Mass", BOXED)
    assert judges(record("1", {"Edema"}), "Mass", BOXED)
    assert not judges(record("1", {"Mass"}), "Cardiomegaly", BOXED)
    assert sorted(boxes_of(collected(), "Cardiomegaly")) == [0, 1, 2, 4]


def test_the_numbers_by_hand(result: Evaluation) -> None:
    assert result.findings is not None
    heart, mass, edema = result.findings.labels
    # Positives 0.9, 0.8, 0.2 against 0.3, 0.0: five of six pairs.
    assert heart.auroc.value == pytest.approx(5 / 6)
    # By score: 1/1, 2/2, a miss at 0.3, 3/4.
    assert heart.average_precision.value == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert (heart.positives, heart.images) == (3, 5)
    assert (heart.sensitivity.value, heart.specificity.value) == (pytest.approx(2 / 3), 1.0)
    assert (heart.precision.value, heart.f1.value) == (1.0, pytest.approx(4 / 5))
    assert math.isnan(mass.auroc.value)
    assert mass.auroc.left_out == 200
    assert edema.auroc.value == 1.0
    assert result.findings.macro_auroc.value == pytest.approx((5 / 6 + 1) / 2)
    assert math.isnan(result.findings.macro_auroc_common.value)
    assert (result.images, result.patients) == (5, 5)


def test_the_boxes_by_hand(result: Evaluation) -> None:
    assert result.boxes is not None
    heart, mass = result.boxes.labels
    assert (heart.images, heart.true_boxes) == (4, 2)
    # At IoU 0.5: hit, miss, miss: 1/2 of the truths at precision 1. At 0.4 the second hits too.
    assert heart.ap50.value == pytest.approx(0.5)
    assert heart.ap40.value == pytest.approx(1.0)
    # Shown from 0.65: the first two; no false one.
    assert (heart.sensitivity.value, heart.precision.value) == (1.0, 1.0)
    assert heart.false_per_image.value == 0.0
    assert [item.value for item in heart.froc] == [1.0] * 6
    assert math.isnan(mass.ap50.value)
    assert result.boxes.mean_ap50.value == pytest.approx(0.5)


def test_an_empty_set_is_refused() -> None:
    with pytest.raises(EvaluationRefused):
        evaluate(collected().take([]), Setting("made up", "test", (0.5,) * 3, (0.5, 0.5)))


def test_what_has_no_number_says_so_and_stays_out_of_the_checkpoint(result: Evaluation) -> None:
    text = to_markdown(all_sections(result))
    assert "| Cardiomegaly | 3 / 5 | 0.833" in text
    assert "| Mass | 0 / 5 | none" in text
    names = {metric.name for metric in to_metrics(result)}
    assert {"macro_auroc", "auroc/Cardiomegaly", "ap50/Cardiomegaly", "mean_ap40"} <= names
    assert "auroc/Mass" not in names


def test_a_classifier_alone_has_no_boxes() -> None:
    alone = replace(collected(), box_labels=(), boxes=((),) * 5)
    result = evaluate(alone, Setting("made up", "test", (0.5,) * 3, (), resamples=20))
    assert result.boxes is None
    assert result.findings is not None
    assert "Mean AP50" not in to_markdown(all_sections(result))


def test_a_detector_alone_has_no_findings() -> None:
    empty = np.empty((5, 0))
    alone = replace(
        collected(), labels=(), scores=empty, truth=empty.astype(bool), known=empty.astype(bool)
    )
    result = evaluate(alone, Setting("made up", "test", (), (0.5, 0.5), resamples=20))
    assert result.findings is None
    assert result.calibration is None
    assert result.boxes is not None
    assert result.boxes.mean_ap50.value == pytest.approx(0.5)
    assert {metric.name for metric in to_metrics(result)} == {
        *("ap50/Cardiomegaly", "ap40/Cardiomegaly", "mean_ap50", "mean_ap40")
    }


def test_images_are_taken_with_all_that_belongs_to_them() -> None:
    row = HeatRow(3, "Cardiomegaly", 1.0, 0.5, math.nan, math.nan)
    some = replace(collected(), heat=(row,)).take([4, 3])
    assert some.patients == ("5", "4")
    assert some.scores.tolist() == [[0, 0, 1], [0.2, 0, 0]]
    assert some.boxes[1][0].score == 0.95
    assert some.heat[0].row == 1
