"""Two models on the same images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inference.evaluation.compare import Comparison, Difference, compare
from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.metrics import auroc
from tests.inference.evaluated import BOXED, LABELS, many


def by_name(comparison: Comparison) -> dict[str, Difference]:
    return {item.name: item for item in comparison.differences}


def test_a_model_differs_from_itself_by_nothing() -> None:
    found = compare(("a", "b"), many(), many(), resamples=30)
    assert (found.images, found.patients) == (120, 60)
    for item in found.differences:
        if item.value.resamples:
            assert (item.value.value, item.value.low, item.value.high) == (0.0, 0.0, 0.0)
            assert not item.is_shown


def test_a_better_model_is_told_from_a_worse_one_and_the_sign_says_which() -> None:
    worse, better = many(seed=1, skill=0.3), many(seed=2, skill=3.0)
    there = by_name(compare(("a", "b"), worse, better, resamples=60))
    back = by_name(compare(("b", "a"), better, worse, resamples=60))
    found = there["macro_auroc"]
    assert found.is_shown
    assert found.value.low > 0
    assert found.value.value == pytest.approx(found.second - found.first)
    assert back["macro_auroc"].value.high == pytest.approx(-found.value.low)
    label = there["auroc/Mass"]
    assert label.second == pytest.approx(auroc(better.scores[:, 1], better.truth[:, 1]))


def test_pairing_narrows_the_interval() -> None:
    first = many()
    noise = np.random.default_rng(5).normal(0, 0.01, first.scores.shape)
    alike = replace(first, scores=first.scores + noise)
    found = by_name(compare(("a", "b"), first, alike, resamples=60))["macro_auroc"].value
    other = by_name(compare(("a", "b"), first, many(seed=7), resamples=60))["macro_auroc"].value
    assert found.high - found.low < (other.high - other.low) / 3


def test_only_what_both_have_is_compared() -> None:
    first = many()
    second = replace(
        first,
        labels=("Edema", "Hernia"),
        scores=first.scores[:, [2, 0]],
        truth=first.truth[:, [2, 0]],
        known=first.known[:, [2, 0]],
        box_labels=(),
    )
    names = set(by_name(compare(("a", "b"), first, second, resamples=10)))
    assert names == {
        *("auroc/Edema", "macro_auroc", "macro_auroc_10_positives", "average_precision/Edema"),
        *("macro_average_precision", "macro_average_precision_10_positives"),
    }
    every = set(by_name(compare(("a", "b"), first, first, resamples=10)))
    assert {f"auroc/{label}" for label in LABELS} < every
    assert {f"ap40/{label}" for label in BOXED} | {"mean_ap40", "mean_ap50"} < every


def test_other_images_are_refused() -> None:
    with pytest.raises(EvaluationRefused):
        compare(("a", "b"), many(), many(60))
    with pytest.raises(EvaluationRefused):
        compare(("a", "b"), many(60), many(60).take(list(range(59, -1, -1))))
