"""Grey scale and distances as the header states them; what makes no sense is left out, aloud."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cases.dicom.reader import decode
from cases.dicom.types import ImageFacts, Limits, Lut, SpacingKind, VoiFunction, Window
from tests.cases.dicom import factories as make


def facts_of(**overrides: Any) -> ImageFacts:
    return decode(make.dicom_bytes(**overrides), Limits()).facts


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [
        ("MONOCHROME2", None, False),
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME1", None, True),
        # The standard wants INVERSE with MONOCHROME1: one inversion, said twice.
        ("MONOCHROME1", "INVERSE", True),
    ],
)
def test_monochrome1_and_inverse_are_one_inversion(
    photometric: str, shape: str | None, inverted: bool
) -> None:
    overrides = {"PresentationLUTShape": shape} if shape else {}
    assert facts_of(PhotometricInterpretation=photometric, **overrides).grid.invert is inverted


def test_windows_keep_their_explanations_and_function() -> None:
    grid = facts_of(
        WindowCenter=[100, 40.5],
        WindowWidth=[200, 80],
        WindowCenterWidthExplanation=["NORMAL", "HARDER"],
        VOILUTFunction="SIGMOID",
    ).grid
    assert grid.windows == (Window(100.0, 200.0, "NORMAL"), Window(40.5, 80.0, "HARDER"))
    assert grid.voi_function is VoiFunction.SIGMOID


def test_windows_without_sense_are_left_out_with_a_warning() -> None:
    facts = facts_of(WindowCenter=[100, 50], WindowWidth=[0, 80])
    assert facts.grid.windows == (Window(50.0, 80.0),)
    assert facts.warns("window_ignored")


@pytest.mark.parametrize("syntax", [make.EXPLICIT_LE, make.IMPLICIT_LE])
def test_lookup_tables(syntax: str) -> None:
    grid = facts_of(
        syntax=syntax,
        ModalityLUTSequence=[make.lut_item(5, 12, [10, 20, 4000])],
        VOILUTSequence=[make.lut_item(0, 8, [0, 128, 255], packed=True)],
        RescaleSlope=3,
        RescaleIntercept=4,
    ).grid
    assert grid.modality_lut == Lut(5, 12, (10, 20, 4000))
    assert grid.voi_lut == Lut(0, 8, (0, 128, 255))
    assert (grid.rescale_slope, grid.rescale_intercept) == (1.0, 0.0)


def test_a_lookup_table_for_signed_pixels_may_begin_below_zero() -> None:
    pixels = make.chest_pixels().astype(np.int16) - np.int16(2048)
    data = make.dicom_bytes(pixels, ModalityLUTSequence=[make.lut_item(-2048, 16, range(4096))])
    lut = decode(data, Limits()).facts.grid.modality_lut
    assert lut is not None
    assert (lut.first_mapped, len(lut.values)) == (-2048, 4096)


def test_a_full_lookup_table_has_a_count_of_zero() -> None:
    lut = facts_of(VOILUTSequence=[make.lut_item(0, 16, range(65_536))]).grid.voi_lut
    assert lut is not None
    assert lut.values == tuple(range(65_536))


def test_a_lookup_table_beyond_its_stated_bits_is_scaled_by_what_it_holds() -> None:
    lut = facts_of(VOILUTSequence=[make.lut_item(0, 10, [0, 4095])]).grid.voi_lut
    assert lut == Lut(0, 12, (0, 4095))


def test_a_short_lookup_table_is_left_out_with_a_warning() -> None:
    item = make.lut_item(0, 12, [1, 2, 3])
    item.LUTDescriptor = [4096, 0, 12]
    facts = facts_of(VOILUTSequence=[item])
    assert facts.grid.voi_lut is None
    assert facts.warns("lookup_table_ignored")


def test_a_slope_of_zero_is_left_out_with_a_warning() -> None:
    facts = facts_of(RescaleSlope=0, RescaleIntercept=5)
    assert (facts.grid.rescale_slope, facts.grid.rescale_intercept) == (1.0, 0.0)
    assert facts.warns("rescale_ignored")


def test_padding_value_and_range() -> None:
    grid = facts_of(PixelPaddingValue=0, PixelPaddingRangeLimit=9).grid
    assert (grid.padding_value, grid.padding_limit) == (0, 9)
    assert facts_of(PixelPaddingRangeLimit=9).grid.padding_limit is None


def test_padding_of_signed_pixels_is_signed_even_when_written_unsigned() -> None:
    pixels = make.chest_pixels().astype(np.int16) - np.int16(2048)
    dataset = make.dicom_dataset(pixels)
    dataset.add_new("PixelPaddingValue", "US", 65_536 - 2000)
    assert decode(make.written(dataset), Limits()).facts.grid.padding_value == -2000


@pytest.mark.parametrize(
    ("overrides", "spacing", "kind"),
    [
        ({}, None, SpacingKind.NONE),
        ({"PixelSpacing": [0, 0]}, None, SpacingKind.NONE),
        ({"PixelSpacing": [-0.1, 0.1]}, None, SpacingKind.NONE),
        ({"PixelSpacing": [0.2, 0.1]}, (0.2, 0.1), SpacingKind.DETECTOR),
        ({"ImagerPixelSpacing": [0.2, 0.1]}, (0.2, 0.1), SpacingKind.DETECTOR),
        ({"NominalScannedPixelSpacing": [0.2, 0.2]}, (0.2, 0.2), SpacingKind.DETECTOR),
        (
            {"PixelSpacing": [0.143, 0.143], "ImagerPixelSpacing": ["0.1430", "0.14300001"]},
            (0.143, 0.143),
            SpacingKind.DETECTOR,
        ),
        (
            {"PixelSpacing": [0.14, 0.14], "ImagerPixelSpacing": [0.16, 0.16]},
            (0.14, 0.14),
            SpacingKind.CALIBRATED,
        ),
        (
            {"PixelSpacing": [0.1, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"},
            (0.1, 0.1),
            SpacingKind.CALIBRATED,
        ),
        (
            {"PixelSpacing": [0, 0], "ImagerPixelSpacing": [0.16, 0.16]},
            (0.16, 0.16),
            SpacingKind.DETECTOR,
        ),
    ],
)
def test_what_a_distance_means(
    overrides: dict[str, Any], spacing: tuple[float, float] | None, kind: SpacingKind
) -> None:
    grid = facts_of(**overrides).grid
    assert (grid.spacing_mm, grid.spacing_kind) == (spacing, kind)
