"""Features of the frequencies in an image.

Sources: Mallat 1989 (wavelet decomposition); Field 1987 (the slope of the radial power).
"""

from __future__ import annotations

import numpy as np
import pywt
from numpy.typing import NDArray

Features = dict[str, float]
WAVELET_LEVELS = 3
RINGS = 16


def frequency_features(image: NDArray[np.uint8]) -> Features:
    """Of an (H, W) uint8 image, taken in [0, 1]."""
    plain = image.astype(np.float64) / 255.0
    return _haar(plain) | _radial(plain)


def _haar(plain: NDArray[np.float64]) -> Features:
    """The share of the energy in each band of three Haar levels (periodic at the border):
    approximation, then horizontal, vertical and diagonal details from coarse to fine. An image
    without energy has all of it in the approximation.
    """
    coarse, *details = pywt.wavedec2(plain, "haar", mode="periodization", level=WAVELET_LEVELS)
    energies = {"haar_approximation": float(np.square(coarse).sum())}
    for level, bands in zip(range(WAVELET_LEVELS, 0, -1), details, strict=True):
        for name, band in zip(("horizontal", "vertical", "diagonal"), bands, strict=True):
            energies[f"haar_{name}{level}"] = float(np.square(band).sum())
    total = sum(energies.values())
    if total == 0:
        return dict.fromkeys(energies, 0.0) | {"haar_approximation": 1.0}
    return {name: energy / total for name, energy in energies.items()}


def _radial(plain: NDArray[np.float64]) -> Features:
    """The share of the power, without the mean, in 16 rings of equal width up to 0.5 cycles a
    pixel (corners beyond it left out), and the slope of log power density over log frequency.
    """
    power = np.square(np.abs(np.fft.fft2(plain - plain.mean())))
    rows, columns = plain.shape
    radius = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.fftfreq(columns)[None, :])
    inside = (radius > 0) & (radius <= 0.5)
    ring = np.minimum((radius[inside] * 2 * RINGS).astype(np.int64), RINGS - 1)
    sums = np.bincount(ring, weights=power[inside], minlength=RINGS)
    counts = np.bincount(ring, minlength=RINGS)
    total = float(sums.sum())
    shares = sums / total if total > 0 else np.zeros(RINGS)
    found = {f"fourier_ring{number:02d}": float(share) for number, share in enumerate(shares)}
    used = (sums > 0) & (counts > 0)
    found["fourier_slope"] = 0.0
    if total > 0 and used.sum() >= 2:
        middles = (np.arange(RINGS)[used] + 0.5) / (2 * RINGS)
        density = np.log(sums[used] / counts[used])
        found["fourier_slope"] = float(np.polyfit(np.log(middles), density, 1)[0])
    return found
