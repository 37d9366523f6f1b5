"""Features of how grey levels stand beside each other.

Sources: Haralick, Shanmugam, Dinstein 1973 (co-occurrence and its 13 features); Ojala, Pietikäinen,
Mäenpää 2002 (uniform local binary patterns); Jain, Farrokhnia 1991 (Gabor bank).
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern
from skimage.filters import gabor_kernel

Features = dict[str, float]
Matrix = NDArray[np.float64]
LEVELS = 32
DISTANCES_PX = (1, 2, 4)
ANGLES_DEGREE = (0, 45, 90, 135)
PROPERTIES = ("contrast", "correlation", "energy", "homogeneity", "dissimilarity")
LBP_POINTS, LBP_RADIUS_PX = 8, 1
GABOR_FREQUENCIES = (0.05, 0.1, 0.2, 0.4)  # cycles a pixel


def texture_features(image: NDArray[np.uint8]) -> Features:
    """Of an (H, W) uint8 image of at least 5 x 5 pixels."""
    matrices = _co_occurrence(image)
    return {
        **_glcm(matrices),
        **_haralick(matrices[:, :, 0, :].mean(axis=-1)),
        **_lbp(image),
        **_gabor(image),
    }


def _co_occurrence(image: NDArray[np.uint8]) -> Matrix:
    """(32, 32, distances, angles): 32 grey levels, symmetric, each matrix of sum 1."""
    coarse = image // (256 // LEVELS)
    found = graycomatrix(
        coarse, DISTANCES_PX, np.radians(ANGLES_DEGREE), LEVELS, symmetric=True, normed=True
    )
    return cast(Matrix, found)


def _glcm(matrices: Matrix) -> Features:
    """Correlation is 1 where there is but one grey level, as in scikit-image."""
    found = {}
    for name in PROPERTIES:
        table = graycoprops(matrices, name)
        for d, distance in enumerate(DISTANCES_PX):
            for a, angle in enumerate(ANGLES_DEGREE):
                found[f"glcm_{name}_d{distance}_a{angle:03d}"] = float(table[d, a])
    return found


def _entropy(shares: NDArray[np.generic]) -> float:
    positive = np.asarray(shares, np.float64)
    positive = positive[positive > 0]
    return float(-(positive * np.log2(positive)).sum()) + 0.0


def _haralick(p: Matrix) -> Features:
    """The 13 features of a symmetric (32, 32) matrix of sum 1, the mean over the four angles at
    distance 1. Entropies in bits; grey levels count from 0.
    """
    i, j = np.indices(p.shape)
    px = p.sum(axis=1)
    level = np.arange(p.shape[0])
    mean = float(px @ level)
    variance = float(px @ (level - mean) ** 2)
    sums = np.bincount((i + j).reshape(-1), weights=p.reshape(-1))
    differences = np.bincount(np.abs(i - j).reshape(-1), weights=p.reshape(-1))
    sum_mean = float(sums @ np.arange(sums.size))
    difference_mean = float(differences @ np.arange(differences.size))
    hxy, hx = _entropy(p), _entropy(px)
    product = np.outer(px, px)
    used = product > 0
    hxy1 = float(-(p[used] * np.log2(product[used])).sum())
    hxy2 = _entropy(product)
    found = {
        "angular_second_moment": float((p**2).sum()),
        "contrast": float((p * (i - j) ** 2).sum()),
        "correlation": float((p * (i - mean) * (j - mean)).sum()) / variance if variance else 1.0,
        "variance": variance,
        "inverse_difference_moment": float((p / (1.0 + (i - j) ** 2)).sum()),
        "sum_average": sum_mean,
        "sum_variance": float(sums @ (np.arange(sums.size) - sum_mean) ** 2),
        "sum_entropy": _entropy(sums),
        "entropy": hxy,
        "difference_variance": float(
            differences @ (np.arange(differences.size) - difference_mean) ** 2
        ),
        "difference_entropy": _entropy(differences),
        "information_correlation_1": (hxy - hxy1) / hx if hx else 0.0,
        "information_correlation_2": max(0.0, 1.0 - float(np.exp2(-2.0 * (hxy2 - hxy)))) ** 0.5,
    }
    return {f"haralick_{name}": value for name, value in found.items()}


def _lbp(image: NDArray[np.uint8]) -> Features:
    """The share of each of the 9 uniform patterns (by their number of ones) and of all others.

    The outermost pixels are left out: some of their neighbours do not exist.
    """
    codes = local_binary_pattern(image, LBP_POINTS, LBP_RADIUS_PX, method="uniform")[1:-1, 1:-1]
    counts = np.bincount(codes.astype(np.int64).reshape(-1), minlength=LBP_POINTS + 2)
    return {f"lbp_{n}": float(count / codes.size) for n, count in enumerate(counts)}


def _gabor(image: NDArray[np.uint8]) -> Features:
    """Mean of the squared magnitude of the complex response; the image in [0, 1], mean 0."""
    plain = image.astype(np.float32) / 255.0
    plain -= plain.mean()
    found = {}
    for frequency in GABOR_FREQUENCIES:
        for angle in ANGLES_DEGREE:
            kernel = gabor_kernel(frequency, theta=np.radians(angle))
            # filter2D correlates; a turned kernel makes a convolution of it.
            parts = (np.real(kernel), np.imag(kernel))
            energy = sum(
                float(np.mean(np.square(_convolved(plain, np.asarray(part))))) for part in parts
            )
            found[f"gabor_f{round(frequency * 100):02d}_a{angle:03d}"] = energy
    return found


def _convolved(image: NDArray[np.float32], kernel: Matrix) -> NDArray[np.float32]:
    turned = np.ascontiguousarray(kernel[::-1, ::-1], dtype=np.float32)
    mirrored = cv2.filter2D(image, cv2.CV_32F, turned, borderType=cv2.BORDER_REFLECT)
    return np.asarray(mirrored, np.float32)
