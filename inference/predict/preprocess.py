"""From a radiograph to what a network sees: letterbox to a square, then normalise.

Training, the application and the evaluation all come through here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from inference.networks.description import Preprocessing
from inference.predict.boxes import Letterbox, letterbox_for
from inference.predict.errors import ImageUnusable


def letterboxed(image: NDArray[np.float32], size_px: int) -> tuple[Tensor, Letterbox]:
    """(H, W) float32 in [0, 1] -> (size_px, size_px) float32, black around the shorter axis.

    Antialiased bilinear. Raises ImageUnusable for another shape, an empty image or a NaN.
    """
    if image.ndim != 2 or min(image.shape) < 1:
        raise ImageUnusable(f"One grey image (rows, columns) is needed, not shape {image.shape}.")
    if not np.isfinite(image).all():
        raise ImageUnusable("The image holds values that are not numbers.")
    box = letterbox_for((image.shape[0], image.shape[1]), size_px)
    source = torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32))[None, None]
    scaled = functional.interpolate(
        source, size=(box.content_rows, box.content_columns), mode="bilinear", antialias=True
    )
    canvas = torch.zeros((size_px, size_px), dtype=torch.float32)
    rows = slice(box.top, box.top + box.content_rows)
    columns = slice(box.left, box.left + box.content_columns)
    canvas[rows, columns] = scaled[0, 0].clamp_(0.0, 1.0)
    return canvas, box


def normalised(grey: Tensor, preprocessing: Preprocessing) -> Tensor:
    """(N, 1, S, S) in [0, 1] -> (N, C, S, S), repeated to the network's channels, normalised."""
    mean = _as_channels(preprocessing.mean, grey)
    std = _as_channels(preprocessing.std, grey)
    return (grey - mean) / std


def _as_channels(values: Sequence[float], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device).view(1, -1, 1, 1)
