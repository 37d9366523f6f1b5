"""From stored values to grey: Modality LUT or rescale, VOI LUT or window, then inversion.

All of it is a table over the 65,536 possible stored values, so an image costs one look-up a pixel.
Source: DICOM PS3.3 C.11.1 (Modality), C.11.2 (VOI), C.7.5.1.1.2 (padding) and
C.7.6.3.1.2 (MONOCHROME1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cases.dicom.types import Lut, PixelGrid, VoiFunction, Window

CODES = 65_536
AUTO_LOW, AUTO_HIGH = 0.005, 0.995
_COUNT_CHUNK = 1 << 20

Floats = NDArray[np.float64]


def modality_values(grid: PixelGrid) -> Floats:
    """(65536,) output of the Modality transformation for each stored value."""
    raw = np.arange(CODES, dtype=np.int64) - grid.pixel_offset
    if grid.modality_lut:
        return _look_up(grid.modality_lut, raw.astype(np.float64))
    return raw.astype(np.float64) * grid.rescale_slope + grid.rescale_intercept


def padding_codes(grid: PixelGrid) -> slice:
    """The stored values that are padding, an empty slice if there are none."""
    if grid.padding_value is None:
        return slice(0, 0)
    limit = grid.padding_value if grid.padding_limit is None else grid.padding_limit
    low, high = sorted((grid.padding_value + grid.pixel_offset, limit + grid.pixel_offset))
    return slice(max(low, 0), max(high + 1, 0))


def display_table(grid: PixelGrid, window: Window | None = None) -> NDArray[np.float32]:
    """(65536,) float32 in [0, 1] for each stored value; 1 is white, padding is 0.

    Without a window: the VOI LUT, else the file's first window, else ``auto_window``.
    Raises ValueError for a window that is too narrow for its function.
    """
    values = modality_values(grid)
    if window is None and grid.voi_lut:
        grey = _look_up(grid.voi_lut, values) / (2**grid.voi_lut.bits - 1)
    else:
        chosen = window or (grid.windows[0] if grid.windows else grid.auto_window)
        grey = _apply_window(values, chosen, grid.voi_function)
    if grid.invert:
        grey = 1.0 - grey
    grey[padding_codes(grid)] = 0.0
    table: NDArray[np.float32] = grey.astype(np.float32)
    return table


def auto_window(stored: NDArray[np.uint16], grid: PixelGrid) -> Window:
    """From the 0.5 to the 99.5 percentile of the Modality output, padding left out.

    It is the window of ``grid.voi_function`` whose ramp begins and ends at these two values.
    """
    counts = _count(stored)
    counted = counts.copy()
    counted[padding_codes(grid)] = 0
    if counted.any():
        counts = counted
    used = np.flatnonzero(counts)
    values = modality_values(grid)[used]
    order = np.argsort(values, kind="stable")
    values, reached = values[order], np.cumsum(counts[used][order])
    low, high = (
        float(values[np.searchsorted(reached, share * reached[-1])])
        for share in (AUTO_LOW, AUTO_HIGH)
    )
    if grid.voi_function is VoiFunction.LINEAR:
        # C.11.2.1.2.1: the ramp of a LINEAR window runs from c - w/2 to c + w/2 - 1.
        return Window((low + high + 1) / 2, high - low + 1, "automatic")
    return Window((low + high) / 2, (high - low) or 1.0, "automatic")


def _count(stored: NDArray[np.uint16]) -> NDArray[np.int64]:
    """How often each value occurs; in pieces, since bincount widens what it gets to 8 bytes."""
    flat, counts = stored.reshape(-1), np.zeros(CODES, dtype=np.int64)
    for start in range(0, flat.size, _COUNT_CHUNK):
        counts += np.bincount(flat[start : start + _COUNT_CHUNK], minlength=CODES)
    return counts


def _look_up(lut: Lut, values: Floats) -> Floats:
    table = np.asarray(lut.values, dtype=np.float64)
    index = np.clip(np.rint(values) - lut.first_mapped, 0, table.size - 1)
    found: Floats = table[index.astype(np.int64)]
    return found


def _apply_window(values: Floats, window: Window, function: VoiFunction) -> Floats:
    center, width = window.center, window.width
    if width < (1.0 if function is VoiFunction.LINEAR else 0.0) or width == 0:
        raise ValueError(f"a {function} window cannot be {width} wide")
    if function is VoiFunction.SIGMOID:
        with np.errstate(over="ignore"):  # exp overflows to inf far below the centre: grey 0
            sigmoid: Floats = 1.0 / (1.0 + np.exp(-4.0 * (values - center) / width))
        return sigmoid
    if function is VoiFunction.LINEAR_EXACT:
        return np.clip((values - center) / width + 0.5, 0.0, 1.0)
    if width == 1.0:
        return (values > center - 0.5).astype(np.float64)
    return np.clip((values - (center - 0.5)) / (width - 1.0) + 0.5, 0.0, 1.0)
