"""Several readers' boxes of one image, by hand."""

from __future__ import annotations

import pytest

from inference.predict.types import Box
from inference.training.errors import ConfigRefused
from inference.training.fusion import FusedBox, ReaderBox, fuse

# Two boxes of 10 x 10 that overlap in 10 x 8: IoU 80 / 120 = 0.667. The third lies elsewhere.
FIRST = ReaderBox("Mass", Box(0, 0, 10, 10), "R1")
SECOND = ReaderBox("Mass", Box(0, 2, 10, 12), "R2")
ELSEWHERE = ReaderBox("Mass", Box(50, 50, 60, 60), "R3")
ALL = (FIRST, SECOND, ELSEWHERE)


def test_the_weighted_box_is_the_mean_of_those_that_overlap() -> None:
    assert fuse(ALL, "wbf", 0.5) == (
        FusedBox("Mass", Box(0, 1, 10, 11), 2),
        FusedBox("Mass", Box(50, 50, 60, 60), 1),
    )


def test_suppression_keeps_a_box_as_it_was_drawn() -> None:
    assert fuse(ALL, "nms", 0.5) == (
        FusedBox("Mass", Box(0, 0, 10, 10), 2),
        FusedBox("Mass", Box(50, 50, 60, 60), 1),
    )


def test_suppression_prefers_the_box_that_most_readers_agree_with() -> None:
    # The middle one overlaps both others by 0.6; they overlap each other by 0.33 only.
    left, middle, right = (
        ReaderBox("Mass", Box(x, 0, x + 8, 10), f"R{number}")
        for number, x in enumerate((0, 2, 4), start=1)
    )
    assert fuse((left, middle, right), "nms", 0.5) == (FusedBox("Mass", middle.box, 3),)


def test_the_union_goes_around_a_chain_of_boxes() -> None:
    chain = [ReaderBox("Mass", Box(x, 0, x + 8, 10), f"R{x}") for x in (0, 2, 4)]
    assert fuse(chain, "union", 0.5) == (FusedBox("Mass", Box(0, 0, 12, 10), 3),)


def test_unfused_every_box_stays() -> None:
    assert len(fuse(ALL, "none", 0.5)) == 3


def test_boxes_that_overlap_too_little_stay_two() -> None:
    assert len(fuse((FIRST, SECOND), "wbf", 0.7)) == 2


def test_two_boxes_of_one_reader_are_one_reader() -> None:
    again = ReaderBox("Mass", SECOND.box, "R1")
    assert fuse((FIRST, again), "wbf", 0.5)[0].readers == 1


def test_labels_do_not_mix() -> None:
    nodule = ReaderBox("Nodule", FIRST.box, "R2")
    assert {item.label: item.readers for item in fuse((FIRST, nodule), "wbf", 0.5)} == {
        "Mass": 1,
        "Nodule": 1,
    }


@pytest.mark.parametrize("method", ["wbf", "nms", "union"])
def test_the_order_of_the_rows_does_not_matter(method: str) -> None:
    assert set(fuse(ALL, method, 0.5)) == set(fuse(ALL[::-1], method, 0.5))


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ConfigRefused, match="reader_fusion"):
        fuse(ALL, "vote", 0.5)
