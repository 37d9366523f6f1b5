"""The population stability index and the reference it is measured against, by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from inference.evaluation.drift import (
    BINS,
    REFERENCE,
    histogram,
    read_reference,
    reference_of,
    stability_index,
    write_reference,
)


def test_the_index_is_the_hand_worked_one() -> None:
    # shares 1/2, 1/2 then 1/4, 3/4: -1/4 ln(1/2) + 1/4 ln(3/2) = 0.17329 + 0.10137
    assert stability_index((50, 50), (1, 3)) == pytest.approx(0.27465, abs=1e-5)


def test_the_same_shares_give_nothing_whatever_the_numbers() -> None:
    assert stability_index((1, 2, 3), (10, 20, 30)) == pytest.approx(0.0, abs=1e-12)


def test_it_is_the_same_both_ways() -> None:
    assert stability_index((5, 95), (20, 80)) == pytest.approx(stability_index((20, 80), (5, 95)))


def test_an_empty_bin_is_large_and_finite() -> None:
    # 0.0001 stands for nothing: (0.0001 - 0.5) ln(0.0002) + (1 - 0.5) ln 2 = 4.2577 + 0.3466
    assert stability_index((50, 50), (0, 10)) == pytest.approx(4.6044, abs=1e-3)


def test_without_scores_there_is_no_index() -> None:
    assert math.isnan(stability_index((1, 1), (0, 0)))
    assert math.isnan(stability_index((0, 0), (1, 1)))
    with pytest.raises(ValueError, match="same bins"):
        stability_index((1, 1), (1, 1, 1))


def test_a_score_of_one_is_in_the_last_bin() -> None:
    assert histogram([0.0, 0.05, 0.95, 1.0]) == (2, 0, 0, 0, 0, 0, 0, 0, 0, 2)


def test_a_reference_is_read_back(tmp_path: Path) -> None:
    reference = reference_of("held out", ("Mass", "Edema"), np.array([[0.05, 0.15], [0.95, 0.15]]))
    write_reference(reference, tmp_path)
    assert read_reference(tmp_path) == reference
    assert reference.counts["Edema"] == (0, 2, *(0,) * (BINS - 2))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"data": "x", "images": 1, "counts": {"Mass": [1, 2]}}', "null"]
)
def test_a_reference_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    assert read_reference(tmp_path) is None
    (tmp_path / REFERENCE).write_text(text)
    assert read_reference(tmp_path) is None
