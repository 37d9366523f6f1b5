from __future__ import annotations

import json
import math

import numpy as np
import pytest

from inference.evaluation.collect import Collected, boxes_of, judges
from inference.evaluation.evaluate import Evaluation, Setting, evaluate
from inference.evaluation.report import to_json_text, to_markdown, to_metrics
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
    heart, mass, edema = result.labels
    # Positives 0.9, 0.8, 0.2 against 0.3, 0.0: five of six pairs.
    assert heart.auroc.value == pytest.approx(5 / 6)
    assert (heart.positives, heart.images) == (3, 5)
    assert (heart.sensitivity, heart.specificity) == (pytest.approx(2 / 3), 1.0)
    assert math.isnan(mass.auroc.value)
    assert edema.auroc.value == 1.0
    assert result.macro_auroc.value == pytest.approx((5 / 6 + 1) / 2)
    assert math.isnan(result.macro_auroc_common.value)
    assert (result.images, result.patients) == (5, 5)


def test_the_boxes_by_hand(result: Evaluation) -> None:
    heart, mass = result.boxes
    assert (heart.images, heart.true_boxes) == (4, 2)
    # At IoU 0.5: hit, miss, miss: 1/2 of the truths at precision 1. At 0.4 the second hits too.
    assert heart.ap50.value == pytest.approx(0.5)
    assert heart.ap40.value == pytest.approx(1.0)
    # Shown from 0.65: the first two; no false one.
    assert (heart.sensitivity, heart.false_per_image) == (1.0, 0.0)
    assert math.isnan(mass.ap50.value)
    assert result.mean_ap50 is not None
    assert result.mean_ap50.value == pytest.approx(0.5)


def test_the_report_has_no_nan_in_json_and_says_where_there_is_no_number(
    result: Evaluation,
) -> None:
    table = json.loads(to_json_text(result, {"name": "m"}))
    assert table["labels"][1]["auroc"]["value"] is None
    text = to_markdown(result)
    assert "| Cardiomegaly | 3 / 5 | 0.833" in text
    assert "| Mass | 0 / 5 | none" in text
    names = {metric.name for metric in to_metrics(result)}
    assert {"macro_auroc", "auroc/Cardiomegaly", "ap50/Cardiomegaly", "mean_ap40"} <= names
    assert "auroc/Mass" not in names
