"""Lung masks: one clean region a lung, left at the image's right."""

from __future__ import annotations

import numpy as np

from inference.predict.lung_masks import LEFT, RIGHT, clean_masks, largest_region, split_lungs


def block(shape: tuple[int, int], rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros(shape, np.bool_)
    mask[rows, columns] = True
    return mask


def test_only_the_largest_region_of_a_lung_stays() -> None:
    lung = block((20, 30), slice(2, 12), slice(20, 28))
    speck = block((20, 30), slice(15, 17), slice(25, 27))
    assert (largest_region(lung | speck) == lung).all()


def test_holes_of_a_lung_are_filled() -> None:
    lung = block((20, 30), slice(2, 12), slice(20, 28))
    holed = lung.copy()
    holed[5:7, 23:25] = False
    assert (largest_region(holed) == lung).all()


def test_an_empty_mask_stays_empty() -> None:
    assert not largest_region(np.zeros((5, 5), np.bool_)).any()


def test_a_pixel_that_both_lungs_claim_goes_to_the_likelier() -> None:
    shares = np.zeros((2, 4, 6), np.float32)
    shares[LEFT, :, 3:] = 0.9
    shares[RIGHT, :, :4] = 0.7
    masks = clean_masks(shares)
    assert (masks[LEFT] == block((4, 6), slice(None), slice(3, 6))).all()
    assert (masks[RIGHT] == block((4, 6), slice(None), slice(0, 3))).all()
    assert not (masks[LEFT] & masks[RIGHT]).any()


def test_below_the_threshold_nothing_is_lung() -> None:
    assert not clean_masks(np.full((2, 4, 4), 0.49, np.float32)).any()


def test_two_regions_are_told_apart_by_their_side() -> None:
    at_left = block((20, 30), slice(3, 18), slice(2, 12))
    at_right = block((20, 30), slice(3, 18), slice(17, 27))
    lungs = split_lungs(at_left | at_right)
    assert (lungs[LEFT] == at_right).all()
    assert (lungs[RIGHT] == at_left).all()


def test_a_speck_goes_with_the_nearer_lung() -> None:
    at_left = block((20, 30), slice(3, 18), slice(2, 12))
    at_right = block((20, 30), slice(3, 18), slice(17, 27))
    speck = block((20, 30), slice(0, 1), slice(26, 28))
    assert (split_lungs(at_left | at_right | speck)[LEFT] == (at_right | speck)).all()


def test_lungs_that_touch_are_cut_in_the_middle() -> None:
    lungs = split_lungs(block((10, 20), slice(2, 8), slice(4, 16)))
    assert (lungs[LEFT] == block((10, 20), slice(2, 8), slice(10, 16))).all()
    assert (lungs[RIGHT] == block((10, 20), slice(2, 8), slice(4, 10))).all()


def test_no_lung_gives_two_empty_masks() -> None:
    assert split_lungs(np.zeros((3, 4), np.bool_)).shape == (2, 3, 4)
