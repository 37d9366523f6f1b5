"""Features of edges, and of the shape of the lungs where a mask is given.

Sources: Canny 1986; Dalal, Triggs 2005 (HOG).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.feature import canny, hog
from skimage.filters import sobel
from skimage.measure import label, perimeter, regionprops

Features = dict[str, float]
CANNY_SIGMA_PX = 2.0
ORIENTATIONS = 9
CELL_PX = 16
LUNG_COLUMNS = (
    "lung_area_share",
    "lung_parts",
    "lung_perimeter_px",
    "lung_height_share",
    "lung_width_share",
    "lung_larger_share",
    "lung_smaller_to_larger",
    "lung_eccentricity",
    "lung_solidity",
    "lung_extent",
    "lung_mean_grey",
)


def edge_features(image: NDArray[np.uint8]) -> Features:
    """Of an (H, W) uint8 image. Sobel magnitude of the image in [0, 1]; share of Canny pixels
    (sigma 2 px, thresholds 0.1 and 0.2); HOG: mean share of each of 9 directions over all blocks,
    mean and SD of all entries (cells of 16 px, blocks of one cell, L2-Hys). HOG is 0 below 16 px.
    """
    plain = image.astype(np.float64) / 255.0
    slope = sobel(plain)
    found = {
        "sobel_mean": float(slope.mean()),
        "sobel_sd": float(slope.std()),
        "sobel_p95": float(np.percentile(slope, 95)),
        "canny_density": float(canny(plain, CANNY_SIGMA_PX, 0.1, 0.2).mean()),
    }
    return found | _hog(plain)


def _hog(plain: NDArray[np.float64]) -> Features:
    entries = np.zeros((1, ORIENTATIONS))
    if min(plain.shape) >= CELL_PX:
        flat = hog(plain, ORIENTATIONS, (CELL_PX, CELL_PX), (1, 1), block_norm="L2-Hys")
        entries = np.asarray(flat).reshape(-1, ORIENTATIONS)
    found = {"hog_mean": float(entries.mean()), "hog_sd": float(entries.std())}
    for number, mean in enumerate(entries.mean(axis=0)):
        found[f"hog_direction{number}"] = float(mean)
    return found


def lung_features(mask: NDArray[np.bool_], image: NDArray[np.uint8]) -> Features:
    """Of an (H, W) mask over an image of the same size; all 0 for an empty mask.

    Perimeter in pixels (4-neighbourhood). Eccentricity, solidity and extent are those of the
    larger of the parts; parts are 8-connected and at least 0.1 % of the image.
    """
    parts = sorted(
        (p for p in regionprops(label(mask, connectivity=2)) if p.area >= mask.size / 1000),
        key=lambda part: -float(part.area),
    )
    if not parts:
        return dict.fromkeys(LUNG_COLUMNS, 0.0)
    rows, columns = np.nonzero(mask)
    second = float(parts[1].area) if len(parts) > 1 else 0.0
    largest = parts[0]
    values = (
        float(mask.mean()),
        float(len(parts)),
        float(perimeter(mask, neighborhood=4)),
        float(np.ptp(rows) + 1) / mask.shape[0],
        float(np.ptp(columns) + 1) / mask.shape[1],
        float(largest.area) / mask.size,
        second / float(largest.area),
        float(largest.eccentricity),
        float(largest.solidity),
        float(largest.extent),
        float(image[mask].mean()),
    )
    return dict(zip(LUNG_COLUMNS, values, strict=True))
