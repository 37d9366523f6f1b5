"""Groups: their numbers are those of their images alone, and words follow from differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inference.evaluation.attributes import UNKNOWN
from inference.evaluation.bootstrap import Interval, draw_patients
from inference.evaluation.metrics import auroc
from inference.evaluation.setting import Setting
from inference.evaluation.subgroups import (
    GroupDifference,
    SubgroupResult,
    auroc_difference,
    box_difference,
    evaluate_subgroups,
    statement,
)
from tests.inference.evaluated import many

SETTING = Setting("made up", "test", (0.5, 0.5, 0.5), (0.5, 0.5), resamples=60)


@pytest.fixture(scope="module")
def groups() -> dict[str, SubgroupResult]:
    collected = many()
    found = evaluate_subgroups(collected, SETTING, draw_patients(collected.patients, 60, 0))
    return {f"{item.attribute}: {item.group}": item for item in found}


def test_every_image_is_in_one_group_of_each_attribute(groups: dict[str, SubgroupResult]) -> None:
    for attribute in ("sex", "age", "view"):
        members = [item for name, item in groups.items() if name.startswith(attribute)]
        assert sum(item.images for item in members) == 120
    assert groups[f"age: {UNKNOWN}"].images == 9  # 121 to 129 years


def test_the_numbers_of_a_group_are_those_of_its_images(groups: dict[str, SubgroupResult]) -> None:
    collected = many()
    women = np.array([record.sex == "F" for record in collected.records])
    found = groups["sex: female"].findings
    assert found is not None
    assert found.labels[0].auroc.value == pytest.approx(
        auroc(collected.scores[women, 0], collected.truth[women, 0])
    )
    assert found.labels[0].images == int(women.sum())
    assert groups["sex: female"].boxes is not None
    assert sum(item.boxed for item in groups["sex: female"].heat if not item.label) == 20


def test_a_group_that_fares_worse_is_found_and_named() -> None:
    collected = many(240, skill=2.5)
    men = np.array([record.sex == "M" for record in collected.records])
    scores = collected.scores.copy()
    scores[men] = np.random.default_rng(2).random((int(men.sum()), 3))
    spoilt = replace(collected, scores=scores)
    counts = draw_patients(spoilt.patients, 100, 0)
    worse, better = (auroc_difference(spoilt, side, counts) for side in (men, ~men))
    assert worse is not None
    assert better is not None
    assert worse.is_below
    assert not better.is_below
    assert worse.labels == 3
    assert worse.value.value == pytest.approx(-better.value.value)
    assert statement(120, worse, None).startswith("This group fares worse than the others in find")


def test_boxes_are_compared_over_findings_with_ten_on_both_sides() -> None:
    collected = many()
    counts = draw_patients(collected.patients, 20, 0)
    half = np.arange(120) < 60
    found = box_difference(collected, half, counts)
    assert found is not None
    assert found.labels == 2
    assert box_difference(collected, np.arange(120) < 12, counts) is None
    assert auroc_difference(collected, np.arange(120) < 12, counts) is None


def test_an_attribute_that_nobody_knows_makes_no_group() -> None:
    collected = many(30)
    unknown = replace(
        collected, records=tuple(replace(record, sex="", view="") for record in collected.records)
    )
    found = evaluate_subgroups(unknown, SETTING, draw_patients(unknown.patients, 60, 0))
    assert {item.attribute for item in found} == {"age"}


def difference(low: float, high: float) -> GroupDifference:
    return GroupDifference(3, Interval((low + high) / 2, low, high, 100))


def test_words_by_case() -> None:
    below, same = difference(-0.2, -0.1), difference(-0.1, 0.1)
    assert statement(29, below, below) == "Too small a group to say anything (29 images)."
    assert statement(30, None, None).startswith("Too few positives to compare")
    assert statement(30, below, same) == (
        "This group fares worse than the others in findings (AUROC), by 0.150."
    )
    assert "and worse than the others in boxes" in statement(30, below, below)
    assert statement(30, same, None).endswith("Too few to compare boxes (AP40).")
    nowhere = GroupDifference(1, Interval(-0.5, float("nan"), float("nan"), 0, 100))
    assert not nowhere.is_below
