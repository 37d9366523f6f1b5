"""Agreement of readers, with values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from inference.eda.agreement import agreement, fleiss_kappa, iou_matrix
from inference.eda.types import Statement, to_columns


def test_kappa_of_two_readers_who_agree_in_three_of_four_images() -> None:
    # 2, 1, 0, 0 of two readers: observed 3/4; share 3/8; chance 9/64 + 25/64 = 34/64.
    positives = np.array([[2.0], [1.0], [0.0], [0.0]])
    kappa = fleiss_kappa(positives, np.full(4, 2.0))
    assert kappa[0] == pytest.approx((3 / 4 - 34 / 64) / (1 - 34 / 64))


def test_kappa_is_one_for_full_agreement_and_unknown_without_variation() -> None:
    positives = np.array([[3.0, 0.0], [0.0, 0.0]])
    kappa = fleiss_kappa(positives, np.full(2, 3.0))
    assert kappa[0] == pytest.approx(1.0)
    assert np.isnan(kappa[1])


def test_kappa_agrees_with_scikit_learn_where_both_readers_have_the_same_share() -> None:
    from sklearn.metrics import cohen_kappa_score  # heavy: needed here alone

    first = np.array([1, 1, 0, 0, 1, 0, 0, 0])
    second = np.array([1, 0, 1, 0, 1, 0, 0, 0])
    ours = fleiss_kappa((first + second)[:, None].astype(float), np.full(8, 2.0))
    assert ours[0] == pytest.approx(cohen_kappa_score(first, second))


def test_iou_of_two_squares_that_share_a_quarter() -> None:
    first = np.array([[0.0, 0.0, 2.0, 2.0]])
    second = np.array([[1.0, 1.0, 3.0, 3.0], [5.0, 5.0, 6.0, 6.0]])
    np.testing.assert_allclose(iou_matrix(first, second), [[1 / 7, 0.0]])


def test_boxes_of_two_readers_are_matched_to_their_best() -> None:
    table = to_columns(
        [
            Statement("a", "Nodule/Mass", "R1", (0.0, 0.0, 2.0, 2.0)),
            Statement("a", "Nodule/Mass", "R2", (0.0, 0.0, 2.0, 1.0)),
            Statement("a", "Nodule/Mass", "R2", (10.0, 10.0, 12.0, 12.0)),
            Statement("b", "", "R1"),
            Statement("b", "", "R2"),
            Statement("c", "Nodule/Mass", "R1", (0.0, 0.0, 1.0, 1.0)),
        ],
        {},
    )
    (row,) = agreement(table)
    assert (row.images, row.positives, row.box_pairs) == (2, 1, 1)
    # R1's box has its best at one half; R2's boxes at one half and at nothing.
    assert row.box_iou == pytest.approx((0.5 + 0.5 + 0.0) / 3)
    assert row.box_matched_share == pytest.approx(2 / 3)
    assert row.kappa == pytest.approx(1.0)


def test_one_reader_alone_gives_no_agreement() -> None:
    assert agreement(to_columns([Statement("a", "ILD", "R1")], {})) == ()
