from __future__ import annotations

import numpy as np
import pytest

from inference.predict.boxes import clip_box, iou, iou_matrix, letterbox_for
from inference.predict.types import Box


def test_iou_by_hand() -> None:
    # 5 x 10 shared, 10 x 10 each: 50 / 150.
    assert iou(Box(0, 0, 10, 10), Box(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert iou(Box(0, 0, 10, 10), Box(0, 0, 10, 10)) == 1.0
    assert iou(Box(0, 0, 10, 10), Box(10, 0, 20, 10)) == 0.0


def test_empty_boxes_overlap_nothing_and_no_boxes_give_an_empty_matrix() -> None:
    assert iou(Box(1, 1, 1, 1), Box(1, 1, 1, 1)) == 0.0
    assert iou_matrix(np.empty((0, 4)), np.ones((2, 4))).shape == (0, 2)


def test_a_box_is_clipped_to_the_image_or_gone() -> None:
    assert clip_box(Box(-5, 2, 30, 9), rows=8, columns=20) == Box(0, 2, 20, 8)
    assert clip_box(Box(21, 2, 30, 9), rows=8, columns=20) is None
    assert clip_box(Box(4, 4, 4, 9), rows=8, columns=20) is None


def test_a_wide_image_lies_in_the_middle_of_the_square() -> None:
    letterbox = letterbox_for((50, 100), 64)
    assert (letterbox.content_rows, letterbox.content_columns) == (32, 64)
    assert (letterbox.top, letterbox.left) == (16, 0)
    assert letterbox.to_input(Box(0, 0, 100, 50)) == Box(0, 16, 64, 48)


@pytest.mark.parametrize("shape", [(2500, 3000), (513, 511), (1, 900), (64, 64), (30, 20)])
def test_boxes_come_back_from_the_input_where_they_were(shape: tuple[int, int]) -> None:
    letterbox = letterbox_for(shape, 384)
    box = Box(0.25 * shape[1], 0.1 * shape[0], 0.75 * shape[1], 0.9 * shape[0])
    back = letterbox.to_image(letterbox.to_input(box))
    assert back.as_xyxy() == pytest.approx(box.as_xyxy())
    assert letterbox.content_rows + letterbox.top <= 384
    assert letterbox.content_columns + letterbox.left <= 384
