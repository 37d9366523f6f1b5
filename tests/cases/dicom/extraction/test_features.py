"""Features by hand on tiny images, and by another way of computing on a phantom."""

from __future__ import annotations

import math

import numpy as np
import pytest
import pywt
from numpy.typing import NDArray
from scipy import ndimage, stats
from skimage.feature import hog, local_binary_pattern
from skimage.filters import gabor_kernel

from cases.dicom.extraction.features.frequency import frequency_features
from cases.dicom.extraction.features.intensity import intensity_features
from cases.dicom.extraction.features.shape import LUNG_COLUMNS, edge_features, lung_features
from cases.dicom.extraction.features.table import (
    feature_columns,
    feature_image,
    image_features,
)
from cases.dicom.extraction.features.texture import texture_features
from inference.phantoms.generator import make_phantom

Grey = NDArray[np.uint8]


@pytest.fixture(scope="module")
def phantom() -> Grey:
    """A chest of 256 px with its noise, in 8 bits."""
    stored = make_phantom(4, size_px=(256, 224)).image.astype(np.float64)
    low, high = stored.min(), stored.max()
    return np.rint((stored - low) / (high - low) * 255).astype(np.uint8)


def stripes(value: int = 255) -> Grey:
    """Columns of 0 and ``value`` in turn, 16 x 16."""
    return np.tile(np.array([0, value], np.uint8), (16, 8))


def test_intensity_of_a_half_black_half_white_image_by_hand() -> None:
    found = intensity_features(stripes())
    assert found["intensity_mean"] == 127.5
    assert found["intensity_sd"] == 127.5
    assert found["intensity_skewness"] == 0.0
    assert found["intensity_kurtosis"] == -2.0
    assert found["intensity_entropy"] == 1.0
    assert (found["intensity_p25"], found["intensity_p75"]) == (0.0, 255.0)
    assert (found["intensity_hist00"], found["intensity_hist15"]) == (0.5, 0.5)


def test_an_image_of_one_grey_level_has_no_spread() -> None:
    found = intensity_features(np.full((16, 16), 7, np.uint8))
    names = ("sd", "skewness", "kurtosis", "entropy")
    assert [found[f"intensity_{name}"] for name in names] == [0.0] * 4


def test_intensity_agrees_with_scipy(phantom: Grey) -> None:
    found = intensity_features(phantom)
    flat = phantom.reshape(-1).astype(np.float64)
    assert found["intensity_sd"] == pytest.approx(flat.std())
    assert found["intensity_skewness"] == pytest.approx(stats.skew(flat))
    assert found["intensity_kurtosis"] == pytest.approx(stats.kurtosis(flat))
    assert found["intensity_p90"] == np.percentile(flat, 90)
    shares = np.histogram(flat, 256, (0, 256))[0] / flat.size
    assert found["intensity_entropy"] == pytest.approx(stats.entropy(shares, base=2))


def test_co_occurrence_of_stripes_by_hand() -> None:
    """Neighbours at distance 1 always differ by 31 levels, at distance 2 never."""
    found = texture_features(stripes())
    assert found["glcm_contrast_d1_a000"] == pytest.approx(31**2)
    assert found["glcm_dissimilarity_d1_a000"] == pytest.approx(31)
    assert found["glcm_homogeneity_d1_a000"] == pytest.approx(1 / (1 + 31**2))
    assert found["glcm_correlation_d1_a000"] == pytest.approx(-1)
    assert found["glcm_energy_d1_a000"] == pytest.approx(math.sqrt(0.5))
    assert found["glcm_contrast_d2_a000"] == found["glcm_contrast_d1_a090"] == 0.0


def co_occurrence(image: Grey, down: int, right: int) -> NDArray[np.float64]:
    """By a loop over all pairs, both ways."""
    levels, rows, columns = (image // 8).astype(int), *image.shape
    table = np.zeros((32, 32))
    for y in range(rows):
        for x in range(columns):
            if 0 <= y + down < rows and 0 <= x + right < columns:
                one, other = levels[y, x], levels[y + down, x + right]
                table[one, other] += 1
                table[other, one] += 1
    return table / table.sum()


def test_haralick_features_agree_with_their_definition(phantom: Grey) -> None:
    image = phantom[64:128, 64:128]
    steps = ((0, 1), (1, 1), (1, 0), (1, -1))
    p = np.mean([co_occurrence(image, *step) for step in steps], axis=0)
    found = {k.removeprefix("haralick_"): v for k, v in texture_features(image).items()}
    i, j = np.indices(p.shape)
    mean, ps = (p * i).sum(), p[p > 0]
    assert found["angular_second_moment"] == pytest.approx((p**2).sum())
    assert found["contrast"] == pytest.approx((p * (i - j) ** 2).sum())
    assert found["variance"] == pytest.approx((p * (i - mean) ** 2).sum())
    assert found["entropy"] == pytest.approx(-(ps * np.log2(ps)).sum())
    sums = np.array([p[(i + j) == k].sum() for k in range(63)])
    assert found["sum_average"] == pytest.approx((sums * np.arange(63)).sum())
    assert found["sum_entropy"] == pytest.approx(stats.entropy(sums, base=2))
    differences = np.array([p[abs(i - j) == k].sum() for k in range(32)])
    assert found["difference_entropy"] == pytest.approx(stats.entropy(differences, base=2))
    assert found["difference_variance"] == pytest.approx(
        (differences * np.arange(32) ** 2).sum() - (differences * np.arange(32)).sum() ** 2
    )
    px = p.sum(axis=1)
    hx, hxy = stats.entropy(px, base=2), found["entropy"]
    assert found["information_correlation_1"] == pytest.approx((hxy - 2 * hx) / hx)
    expected = math.sqrt(1 - 2 ** (-2 * (2 * hx - hxy)))
    assert found["information_correlation_2"] == pytest.approx(expected)


def test_patterns_of_a_flat_image_are_all_ones() -> None:
    """Every neighbour is as bright as its centre: the pattern with eight ones."""
    found = texture_features(np.full((16, 16), 9, np.uint8))
    assert [found[f"lbp_{n}"] for n in range(10)] == [0] * 8 + [1, 0]


def test_patterns_and_gabor_energies_agree_with_other_libraries(phantom: Grey) -> None:
    found = texture_features(phantom)
    codes = local_binary_pattern(phantom, 8, 1, "uniform")[1:-1, 1:-1]
    assert found["lbp_4"] == (codes == 4).mean()
    plain = phantom / 255.0 - (phantom / 255.0).mean()
    kernel = gabor_kernel(0.1, theta=math.pi / 4)
    real, imaginary = (
        ndimage.convolve(plain, part, mode="reflect") for part in (kernel.real, kernel.imag)
    )
    energy = (real**2 + imaginary**2).mean()
    assert found["gabor_f10_a045"] == pytest.approx(energy, rel=1e-3)


def test_gabor_answers_to_its_own_frequency_and_direction() -> None:
    wave = np.sin(2 * np.pi * 0.2 * np.arange(64))
    image = np.rint(np.tile(127.5 + 120 * wave, (64, 1))).astype(np.uint8)
    found = {k: v for k, v in texture_features(image).items() if k.startswith("gabor")}
    assert max(found, key=lambda name: found[name]) == "gabor_f20_a000"


def test_edges_of_a_step_by_hand() -> None:
    """Sobel of a step of height 1 is 1/sqrt(2) in the two columns beside it, 0 elsewhere."""
    image = np.zeros((32, 32), np.uint8)
    image[:, 16:] = 255
    found = edge_features(image)
    assert found["sobel_mean"] == pytest.approx(2 / 32 / math.sqrt(2), rel=1e-6)
    assert 0 < found["canny_density"] <= 2 / 32
    assert found["hog_direction0"] > 0
    assert sum(found[f"hog_direction{n}"] for n in range(1, 9)) == 0


def test_hog_agrees_with_scikit_image(phantom: Grey) -> None:
    flat = hog(phantom / 255.0, 9, (16, 16), (1, 1), block_norm="L2-Hys")
    assert edge_features(phantom)["hog_sd"] == pytest.approx(flat.std())


def test_the_shape_of_two_rectangles_by_hand() -> None:
    mask = np.zeros((100, 100), np.bool_)
    mask[20:80, 10:30] = mask[40:80, 60:80] = True  # 1,200 and 800 pixels
    image = np.where(mask, 50, 200).astype(np.uint8)
    found = lung_features(mask, image)
    assert found["lung_area_share"] == 0.2
    assert found["lung_parts"] == 2
    assert found["lung_larger_share"] == 0.12
    assert found["lung_smaller_to_larger"] == pytest.approx(800 / 1200)
    assert (found["lung_height_share"], found["lung_width_share"]) == (0.6, 0.7)
    assert found["lung_solidity"] == found["lung_extent"] == 1.0
    assert found["lung_eccentricity"] == pytest.approx(
        math.sqrt(1 - (20**2 - 1) / (60**2 - 1)), rel=1e-3
    )
    assert found["lung_mean_grey"] == 50


def test_an_empty_mask_has_no_shape() -> None:
    found = lung_features(np.zeros((40, 40), np.bool_), np.zeros((40, 40), np.uint8))
    assert set(found.values()) == {0.0}


def test_all_energy_of_a_flat_image_is_in_the_approximation() -> None:
    for level in (0, 200):
        found = frequency_features(np.full((16, 16), level, np.uint8))
        assert found["haar_approximation"] == pytest.approx(1)
        assert found["fourier_slope"] == found["fourier_ring00"] == 0.0


def test_stripes_of_one_pixel_are_all_in_the_finest_vertical_band() -> None:
    """0 and 1 in turn: half of the energy is the mean, half of it the finest details."""
    found = frequency_features(stripes())
    assert found["haar_approximation"] == pytest.approx(0.5)
    assert found["haar_vertical1"] == pytest.approx(0.5)
    assert found["fourier_ring15"] == pytest.approx(1)


def test_frequencies_agree_with_their_definition(phantom: Grey) -> None:
    found = frequency_features(phantom)
    plain = phantom / 255.0
    coarse, (horizontal, _, _) = pywt.dwt2(plain, "haar", mode="periodization")
    assert found["haar_horizontal1"] == pytest.approx((horizontal**2).sum() / (plain**2).sum())
    assert coarse.shape == (phantom.shape[0] // 2, phantom.shape[1] // 2)
    power = abs(np.fft.fft2(plain - plain.mean())) ** 2
    radius = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, phantom.shape), indexing="ij"))
    ring = (radius >= 1 / 32) & (radius < 2 / 32)
    share = power[ring].sum() / power[radius <= 0.5].sum()
    assert found["fourier_ring01"] == pytest.approx(share)
    assert found["fourier_slope"] < -1  # tissue is smooth


def test_every_column_is_a_number_and_the_lungs_are_empty_without_a_mask(phantom: Grey) -> None:
    found = image_features(phantom)
    assert tuple(found) == feature_columns()
    assert {name for name, value in found.items() if value is None} == set(LUNG_COLUMNS)
    whole = image_features(phantom, phantom > 100)
    assert all(isinstance(value, float) and math.isfinite(value) for value in whole.values())


def test_a_small_image_is_refused_and_a_large_one_is_shrunk_without_borders() -> None:
    with pytest.raises(ValueError, match="16 x 16"):
        image_features(np.zeros((15, 40), np.uint8))
    assert feature_image(np.zeros((1000, 500), np.uint8)).shape == (512, 256)
    assert feature_image(np.zeros((300, 200), np.uint8)).shape == (300, 200)
