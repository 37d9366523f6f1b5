from __future__ import annotations

import numpy as np
import pytest
import torch

from inference.predict.boxes import Letterbox, letterbox_for
from inference.predict.explain import heat_maps, map_size


def spot(letterbox: Letterbox, x: float, y: float, cells: int = 24) -> torch.Tensor:
    """A heat grid over the letterboxed input, hot in the cell that shows this image point."""
    scale = cells / letterbox.size_px
    column = (x * letterbox.content_columns / letterbox.columns + letterbox.left) * scale
    row = (y * letterbox.content_rows / letterbox.rows + letterbox.top) * scale
    heat = torch.zeros(1, cells, cells)
    heat[0, int(row), int(column)] = 2.0
    return heat


@pytest.mark.parametrize("shape", [(2000, 1000), (1000, 2000), (1500, 1500)])
@pytest.mark.parametrize("place", [(0.2, 0.3), (0.5, 0.5), (0.9, 0.75)])
def test_the_map_is_hot_where_the_image_is(
    shape: tuple[int, int], place: tuple[float, float]
) -> None:
    letterbox = letterbox_for(shape, 384)
    x, y = place[0] * shape[1], place[1] * shape[0]
    maps = heat_maps(spot(letterbox, x, y), letterbox)
    rows, columns = maps.shape[1:]
    row, column = np.unravel_index(maps[0].argmax(), (rows, columns))
    # Within the one grid cell that the heat came from.
    cell = max(shape) / 24
    assert abs((row + 0.5) / rows * shape[0] - y) <= cell
    assert abs((column + 0.5) / columns * shape[1] - x) <= cell
    assert maps[0].max() > 0


def test_the_map_has_the_images_aspect_and_not_the_letterboxes() -> None:
    assert map_size(2000, 1000) == (96, 48)
    letterbox = letterbox_for((100, 200), 64)
    heat = torch.zeros(1, 4, 4)
    heat[0, 0] = 1.0  # the black bar above the image only
    heat[0, 1:3] = 0.5
    maps = heat_maps(heat, letterbox)
    assert maps.shape == (1, 48, 96)
    assert maps[0, 24:].std() < maps[0, :24].std()


def test_each_map_is_scaled_by_its_own_peak_and_no_heat_stays_zero() -> None:
    heat = torch.stack((torch.full((4, 4), 1e-6), torch.full((4, 4), 9.0), torch.zeros(4, 4)))
    maps = heat_maps(heat, letterbox_for((64, 64), 64))
    assert maps.dtype == np.uint8
    assert [int(item.max()) for item in maps] == [255, 255, 0]
