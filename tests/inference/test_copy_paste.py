from __future__ import annotations

import numpy as np
import pytest
import torch

from inference.predict.types import Box
from inference.training.copy_paste import LesionPaster, small_lesions
from inference.training.packing import PackedImages

SPOT = Box(20, 24, 30, 34)


def packed() -> PackedImages:
    """Image 0 is dark with a bright 10 x 10 spot, image 1 is plain and brighter, 2 has a heart."""
    pixels = np.full((3, 64, 64), 40, np.uint8)
    pixels[0, 24:34, 20:30] = 140
    pixels[1] = 90
    boxes = ((("Nodule", SPOT),), (), (("Cardiomegaly", Box(5, 5, 60, 60)),))
    return PackedImages(pixels, boxes)


def paster(share: float = 1.0) -> LesionPaster:
    return small_lesions(packed(), (0, 1, 2), ("Nodule", "Cardiomegaly"), share)


@pytest.mark.parametrize(
    ("label", "travels"),
    [("Mass", True), ("Nodule/Mass", True), ("nodule", True), ("Calcification", True)]
    + [(label, False) for label in ("Infiltration", "Effusion", "Lung Opacity", "unheard of")],
)
def test_only_what_has_an_edge_travels(label: str, travels: bool) -> None:
    images = PackedImages(packed().pixels, (((label, SPOT),), (), ()))
    assert bool(small_lesions(images, (0, 1, 2), (label,), 1.0).lesions) == travels


def test_only_small_lesions_travel() -> None:
    assert [lesion.label for lesion in paster().lesions] == ["Nodule"]


def test_a_lesion_lands_where_it_was_with_its_contrast() -> None:
    pixels, boxes = paster().paste(1, (), frozenset())
    assert boxes == (("Nodule", SPOT),)
    # 100 above its surroundings there (40), so 100 above those here (90).
    assert pixels[27:31, 23:27].mean() == pytest.approx(190, abs=2)
    assert pixels[:20].max() == 90  # the rest is as it was
    assert 90 < pixels[24, 20] < 190  # it fades out in the corners of its box


def test_the_packed_images_are_not_written_to() -> None:
    chosen = packed()
    small_lesions(chosen, (0,), ("Nodule",), 1.0).paste(1, (), frozenset())
    assert chosen.pixels[1].max() == 90


@pytest.mark.parametrize(
    ("row", "boxes", "refused"),
    [
        (0, (("Nodule", SPOT),), frozenset()),
        (1, (("Mass", Box(28, 30, 50, 50)),), frozenset()),
        (1, (), frozenset({"Nodule"})),
    ],
    ids=["its own image", "over another box", "a finding that is somewhere unboxed"],
)
def test_nothing_is_pasted_where_it_would_lie(row: int, boxes, refused) -> None:
    pixels, after = paster().paste(row, boxes, refused)
    assert after == boxes
    assert np.array_equal(pixels, packed().pixels[row])


def test_the_share_of_images_is_kept() -> None:
    torch.manual_seed(0)
    pasted = sum(bool(paster(0.3).paste(1, (), frozenset())[1]) for _ in range(300))
    assert 60 <= pasted <= 120
    assert paster(0.0).lesions == ()
