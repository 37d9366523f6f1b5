"""Features of the grey levels, wherever they stand in the image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Features = dict[str, float]
PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)
BINS = 16


def intensity_features(image: NDArray[np.uint8]) -> Features:
    """Of an (H, W) uint8 image, in grey levels 0 to 255.

    Skewness and excess kurtosis are the plain (biased) moments, 0 for an image of one grey level.
    Percentiles interpolate linearly. Entropy in bits, over the 256 levels. The histogram gives the
    share of pixels in 16 bins of 16 levels.
    """
    counts = np.bincount(image.reshape(-1), minlength=256).astype(np.float64)
    share = counts / counts.sum()
    levels = np.arange(256.0)
    mean = float(share @ levels)
    away = levels - mean
    variance = float(share @ away**2)
    found = {"mean": mean, "sd": variance**0.5}
    found["skewness"] = float(share @ away**3) / variance**1.5 if variance else 0.0
    found["kurtosis"] = float(share @ away**4) / variance**2 - 3.0 if variance else 0.0
    used = share[share > 0]
    found["entropy"] = float(-(used @ np.log2(used))) + 0.0
    for percent, value in zip(PERCENTILES, np.percentile(image, PERCENTILES), strict=True):
        found[f"p{percent:02d}"] = float(value)
    found["min"], found["max"] = float(image.min()), float(image.max())
    for number, part in enumerate(share.reshape(BINS, -1).sum(axis=1)):
        found[f"hist{number:02d}"] = float(part)
    return {f"intensity_{name}": value for name, value in found.items()}
