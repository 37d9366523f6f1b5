"""The parity check on outputs made by hand."""

from __future__ import annotations

import pytest
import torch

from inference.networks.detector import RawDetections
from inference.predict.runtime import ImageOutput
from inference.predict.runtime_parity import Difference, Tolerance, compare

ALLOWED = Tolerance()


def output(
    *,
    logit: float = 1.0,
    heat: float = 2.0,
    boxes: tuple[tuple[float, float, float, float], ...] = ((0, 0, 10, 10), (20, 20, 40, 40)),
    scores: tuple[float, ...] = (0.5, 0.4),
    labels: tuple[int, ...] = (1, 2),
) -> ImageOutput:
    return ImageOutput(
        torch.tensor([0.0, logit], dtype=torch.float64),
        torch.tensor([[[heat, 4.0]]]),
        RawDetections(
            torch.tensor(boxes).reshape(-1, 4), torch.tensor(scores), torch.tensor(labels)
        ),
    )


def difference(other: ImageOutput) -> Difference:
    return compare([output()], [other], ALLOWED)


def test_equal_outputs_differ_by_nothing() -> None:
    assert difference(output()) == Difference(0.0, 0.0, 0.0, 0)
    assert difference(output()).complaint(ALLOWED) == ""


def test_logits_and_heat_are_compared_by_their_largest_difference() -> None:
    found = difference(output(logit=1.5, heat=1.0))
    assert found.logit == 0.5
    assert found.heat == 0.25  # 1 of a strongest heat of 4
    assert found.complaint(ALLOWED) == "logits differ by 0.5, heat maps differ by 0.25"


def test_boxes_in_another_order_are_the_same_boxes() -> None:
    swapped = output(boxes=((20, 20, 40, 40), (0, 0, 10, 10)), scores=(0.4, 0.5), labels=(2, 1))
    assert difference(swapped) == Difference(0.0, 0.0, 0.0, 0)


def test_a_moved_box_has_no_counterpart_from_either_side() -> None:
    # 10 x 10 px moved by 1: IoU 90 / 110 = 0.82.
    found = difference(output(boxes=((1, 0, 11, 10), (20, 20, 40, 40))))
    assert found.unmatched == 2
    assert found.complaint(ALLOWED) == "2 boxes have no counterpart"


def test_another_label_is_no_counterpart() -> None:
    assert difference(output(labels=(1, 1))).unmatched == 2


def test_a_box_too_many_or_too_few_counts_once() -> None:
    fewer = output(boxes=((0, 0, 10, 10),), scores=(0.5,), labels=(1,))
    assert difference(fewer).unmatched == 1
    assert compare([fewer], [output()], ALLOWED).unmatched == 1
    none = output(boxes=(), scores=(), labels=())
    assert difference(none).unmatched == 2


def test_a_box_that_both_score_low_is_not_compared() -> None:
    faint = output(
        boxes=((0, 0, 10, 10), (20, 20, 40, 40), (50, 50, 60, 60)),
        scores=(0.5, 0.4, 0.049),
        labels=(1, 2, 1),
    )
    assert difference(faint) == Difference(0.0, 0.0, 0.0, 0)


def test_a_score_is_compared_with_its_box() -> None:
    found = difference(output(scores=(0.5, 0.42)))
    assert found.score == pytest.approx(0.02)
    assert found.complaint(ALLOWED) == "box scores differ by 0.02"


def test_a_runtime_that_lost_its_boxes_or_put_out_a_nan_fails() -> None:
    lost = ImageOutput(output().logits, output().heat, None)
    assert difference(lost).unmatched == 1
    assert difference(output(logit=float("nan"))).complaint(ALLOWED).startswith("logits differ")
