"""Heat maps: where the network looked, in the geometry of the original image."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from inference.predict.boxes import Letterbox

LONG_SIDE = 96


def heat_maps(heat: Tensor, letterbox: Letterbox) -> NDArray[np.uint8]:
    """Grad-CAM grids of one input (L, h, w) >= 0 -> (L, rows, columns) uint8 over the whole image.

    Aspect as the image, long side 96, letterbox undone exactly: each output cell's centre is mapped
    into the input and read there bilinearly. Each map is scaled by its own maximum; a map without
    any heat is all zero.
    """
    rows, columns = map_size(letterbox.rows, letterbox.columns)
    y = _input_centres(rows, letterbox.top, letterbox.content_rows, letterbox.size_px)
    x = _input_centres(columns, letterbox.left, letterbox.content_columns, letterbox.size_px)
    places = torch.stack(
        (x[None, :].expand(rows, columns), y[:, None].expand(rows, columns)), dim=-1
    )
    maps = functional.grid_sample(
        heat.detach().float().cpu()[None],
        places[None],
        mode="bilinear",
        padding_mode="border",
        align_corners=False,
    )[0]
    peak = maps.amax(dim=(1, 2), keepdim=True)
    scaled = torch.where(peak > 0, maps / peak.clamp(min=torch.finfo(torch.float32).tiny), 0.0)
    result: NDArray[np.uint8] = (scaled * 255.0).round().to(torch.uint8).numpy()
    return result


def map_size(rows: int, columns: int) -> tuple[int, int]:
    """Rows and columns of the stored map of an image of this size."""
    scale = LONG_SIDE / max(rows, columns)
    return max(1, round(rows * scale)), max(1, round(columns * scale))


def _input_centres(cells: int, offset: int, content: int, size_px: int) -> Tensor:
    """Centres of output cells on one axis of the input, in [-1, 1] over the input's outer edges."""
    pixels = offset + (torch.arange(cells, dtype=torch.float32) + 0.5) / cells * content
    return 2.0 * pixels / size_px - 1.0
