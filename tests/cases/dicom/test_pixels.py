"""Modality, then VOI, then inversion; padding black. Values worked by hand from PS3.3 C.11."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cases.dicom.levels import auto_window, display_table, modality_values
from cases.dicom.picture_reader import AS_IT_IS
from cases.dicom.pixels import shrink, to_display, to_uint8
from cases.dicom.types import Lut, PixelGrid, SpacingKind, VoiFunction, Window

PLAIN = PixelGrid(
    rows=1,
    columns=4,
    bits_stored=12,
    photometric="MONOCHROME2",
    rescale_slope=1.0,
    rescale_intercept=0.0,
    modality_lut=None,
    windows=(),
    voi_function=VoiFunction.LINEAR,
    voi_lut=None,
    padding_value=None,
    padding_limit=None,
    invert=False,
    pixel_offset=0,
    spacing_mm=None,
    spacing_kind=SpacingKind.NONE,
    auto_window=Window(2048.0, 4096.0),
)


def shown(grid: PixelGrid, *stored: int, window: Window | None = None) -> list[float]:
    grey = to_display(np.array([stored], np.uint16), grid, window)
    assert grey.dtype == np.float32
    return [round(float(value), 6) for value in grey[0]]


def test_linear_window() -> None:
    # C.11.2.1.2.1: c = 10, w = 5 gives y = ((x - 9.5) / 4 + 0.5): 0 at 7.5, 1 at 11.5.
    grid = replace(PLAIN, windows=(Window(10.0, 5.0), Window(1.0, 1.0)))
    assert shown(grid, 0, 7, 8, 9, 11, 12, 60_000) == [0, 0, 0.125, 0.375, 0.875, 1, 1]


def test_linear_window_of_width_one_is_a_threshold() -> None:
    assert shown(replace(PLAIN, windows=(Window(10.0, 1.0),)), 9, 10) == [0, 1]


def test_linear_exact_window() -> None:
    # C.11.2.1.3.2: c = 10, w = 4 gives y = (x - 10) / 4 + 0.5: 0 at 8, 1 at 12.
    grid = replace(PLAIN, voi_function=VoiFunction.LINEAR_EXACT, windows=(Window(10.0, 4.0),))
    assert shown(grid, 7, 8, 9, 10, 12, 13) == [0, 0, 0.25, 0.5, 1, 1]


def test_sigmoid_window() -> None:
    # C.11.2.1.3.1: 1 / (1 + exp(-4 (x - c) / w)); c = 100, w = 40, one w/4 off gives e.
    grid = replace(PLAIN, voi_function=VoiFunction.SIGMOID, windows=(Window(100.0, 40.0),))
    e = float(np.e)
    expected = [round(1 / (1 + e), 6), 0.5, round(1 / (1 + 1 / e), 6)]
    assert shown(grid, 90, 100, 110) == pytest.approx(expected, abs=1e-6)
    assert shown(replace(grid, windows=(Window(60_000.0, 1.0),)), 0, 65_535) == [0, 1]


def test_rescale_goes_before_the_window() -> None:
    # 2 * 10 - 9 = 11, seen through 0 .. 22.
    grid = replace(PLAIN, rescale_slope=2.0, rescale_intercept=-9.0, windows=(Window(11.5, 23.0),))
    assert shown(grid, 10) == [0.5]


def test_modality_lut_takes_the_place_of_rescale_and_holds_its_ends() -> None:
    grid = replace(PLAIN, modality_lut=Lut(5, 12, (100, 200, 400)))
    assert modality_values(grid)[[0, 5, 6, 7, 9]].tolist() == [100, 100, 200, 400, 400]


def test_signed_values_are_taken_back_before_the_modality_step() -> None:
    grid = replace(PLAIN, pixel_offset=2048, modality_lut=Lut(-1, 12, (7, 8, 9)))
    assert modality_values(grid)[[0, 2047, 2048, 2049]].tolist() == [7, 7, 8, 9]
    assert modality_values(replace(PLAIN, pixel_offset=2048))[0] == -2048


def test_voi_lut_goes_before_the_windows_of_the_file() -> None:
    grid = replace(PLAIN, voi_lut=Lut(2, 8, (0, 51, 255)), windows=(Window(1.0, 2.0),))
    assert shown(grid, 0, 2, 3, 4, 9) == [0, 0, 0.2, 1, 1]


def test_a_window_that_is_asked_for_wins_over_all_of_the_file() -> None:
    grid = replace(PLAIN, voi_lut=Lut(0, 8, (0, 255)), windows=(Window(1.0, 2.0),))
    assert shown(grid, 10, window=Window(10.5, 21.0)) == [0.5]


def test_inversion_is_the_last_step() -> None:
    grid = replace(PLAIN, windows=(Window(10.0, 5.0),), invert=True)
    assert shown(grid, 0, 8, 12) == [1, 0.875, 0]


def test_padding_is_black_even_when_inverted() -> None:
    grid = replace(PLAIN, windows=(Window(10.0, 5.0),), invert=True, padding_value=3)
    assert shown(grid, 2, 3, 4) == [1, 0, 1]


@pytest.mark.parametrize(("value", "limit"), [(3, 5), (5, 3)])
def test_padding_may_be_a_range_from_either_end(value: int, limit: int) -> None:
    grid = replace(PLAIN, invert=True, padding_value=value, padding_limit=limit)
    assert [grey == 0 for grey in shown(grid, 2, 3, 4, 5, 6)] == [False, True, True, True, False]


def test_padding_of_signed_pixels_moves_with_the_offset() -> None:
    grid = replace(PLAIN, pixel_offset=2048, padding_value=-2000, invert=True)
    assert shown(grid, 48)[0] == 0
    assert shown(grid, 49)[0] > 0.9


def test_the_automatic_window_spans_the_middle_99_percent() -> None:
    stored = np.arange(1, 1001, dtype=np.uint16).reshape(20, 50)
    # 0.5 % of 1000 values are reached at 5, 99.5 % at 995.
    window = auto_window(stored, PLAIN)
    assert (window.center, window.width) == (500.5, 991.0)
    assert shown(PLAIN, 5, 995, window=window) == [0, 1]
    exact = auto_window(stored, replace(PLAIN, voi_function=VoiFunction.LINEAR_EXACT))
    assert (exact.center, exact.width) == (500.0, 990.0)


def test_the_automatic_window_leaves_padding_out() -> None:
    stored = np.full((100, 100), 4095, np.uint16)
    stored[:10] = np.arange(1, 101, dtype=np.uint16)
    padded = replace(PLAIN, padding_value=4095)
    assert auto_window(stored, padded).center < 100
    assert auto_window(stored, PLAIN).width > 4000
    blank = np.full((4, 4), 4095, np.uint16)
    assert auto_window(blank, padded) == Window(4095.5, 1.0, "automatic")


def test_the_automatic_window_is_in_units_of_the_modality_output() -> None:
    stored = np.arange(0, 1000, dtype=np.uint16).reshape(20, 50)
    grid = replace(PLAIN, rescale_slope=-1.0, rescale_intercept=1000.0)
    window = auto_window(stored, grid)
    assert (window.center, window.width) == (500.5, 991.0)


def test_an_eight_bit_picture_is_shown_as_it_is() -> None:
    levels = np.arange(256, dtype=np.uint16).reshape(16, 16)
    assert np.array_equal(to_uint8(levels, PLAIN, AS_IT_IS), levels)


@pytest.mark.parametrize(
    ("function", "width"),
    [(VoiFunction.LINEAR, 0.5), (VoiFunction.LINEAR_EXACT, 0.0), (VoiFunction.SIGMOID, -1.0)],
)
def test_a_window_too_narrow_for_its_function_is_an_error(
    function: VoiFunction, width: float
) -> None:
    with pytest.raises(ValueError, match="wide"):
        display_table(replace(PLAIN, voi_function=function), Window(1.0, width))


def test_the_fast_look_up_equals_plain_numpy() -> None:
    stored = np.random.default_rng(1).integers(0, 65_536, (301, 257), dtype=np.uint16)
    stored.flat[:4] = (0, 1, 65_534, 65_535)
    window = Window(30_000.3, 41_234.5)
    grid = replace(PLAIN, rescale_slope=1.25, rescale_intercept=-77.0, invert=True, bits_stored=16)
    value = stored.astype(np.float64) * 1.25 - 77.0
    grey = 1.0 - np.clip((value - 29_999.8) / 41_233.5 + 0.5, 0.0, 1.0)
    assert np.abs(to_display(stored, grid, window) - grey).max() < 1e-6
    assert np.array_equal(to_uint8(stored, grid, window), display_table8(grid, window)[stored])
    assert np.abs(to_uint8(stored, grid, window) - grey * 255).max() <= 0.5 + 1e-4


def display_table8(grid: PixelGrid, window: Window) -> np.ndarray:
    return np.rint(display_table(grid, window) * 255.0).astype(np.uint8)


@pytest.mark.parametrize(
    ("shape", "expected"), [((400, 200), (100, 50)), ((50, 80), (50, 80)), ((1000, 1), (100, 1))]
)
def test_shrinking_keeps_the_proportions_and_never_enlarges(
    shape: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert shrink(np.zeros(shape, np.uint8), 100).shape == expected


def test_shrinking_takes_the_mean_of_areas() -> None:
    image = np.array([[0, 100, 10, 10], [0, 100, 10, 10]], np.uint8)
    assert shrink(image, 2).tolist() == [[50, 10]]
