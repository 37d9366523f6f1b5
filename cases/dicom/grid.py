"""How the header says that stored values become grey and millimetres."""

from __future__ import annotations

import math
import struct

import numpy as np
from pydicom.dataset import Dataset

from cases.dicom import elements
from cases.dicom.types import Lut, PixelGrid, SpacingKind, VoiFunction, Window

MAX_SPACING_MM = 100.0
SAME_SPACING = 1e-3  # relative: decimal strings of one distance differ in their last digit
_NO_WINDOW = Window(0.0, 1.0)

Spacing = tuple[float, float]


def read_grid(dataset: Dataset, bits_stored: int) -> tuple[PixelGrid, tuple[str, ...]]:
    """The grid but for ``auto_window``, which needs the pixels, and what had to be left out of it
    ("window", "lookup_table" or "rescale"), because it makes no sense.
    """
    signed = elements.integer(dataset, "PixelRepresentation") == 1
    ignored: list[str] = []
    modality_lut = _read_lut(dataset, "ModalityLUTSequence", signed, ignored)
    slope, intercept = _read_rescale(dataset, ignored)
    voi_lut = _read_lut(dataset, "VOILUTSequence", signed or intercept < 0, ignored)
    windows, function = _read_windows(dataset, ignored)
    padding = _read_padding(dataset, "PixelPaddingValue", signed)
    spacing, spacing_kind = read_spacing(dataset)
    grid = PixelGrid(
        rows=elements.integer(dataset, "Rows") or 0,
        columns=elements.integer(dataset, "Columns") or 0,
        bits_stored=bits_stored,
        photometric=elements.code(dataset, "PhotometricInterpretation"),
        rescale_slope=1.0 if modality_lut else slope,
        rescale_intercept=0.0 if modality_lut else intercept,
        modality_lut=modality_lut,
        windows=windows,
        voi_function=function,
        voi_lut=voi_lut,
        padding_value=padding,
        padding_limit=None
        if padding is None
        else _read_padding(dataset, "PixelPaddingRangeLimit", signed),
        invert=_is_inverted(dataset),
        pixel_offset=1 << (bits_stored - 1) if signed else 0,
        spacing_mm=spacing,
        spacing_kind=spacing_kind,
        auto_window=_NO_WINDOW,
    )
    return grid, tuple(dict.fromkeys(ignored))


def read_spacing(dataset: Dataset) -> tuple[Spacing | None, SpacingKind]:
    """((between rows, between columns) in mm, what it means). Source: DICOM PS3.3 10.7.1.

    Pixel Spacing alone, without calibration type and Imager Pixel Spacing, is taken as measured at
    the detector: projection devices write it so, and the careful reading claims less.
    """
    pixel = _read_pair(dataset, "PixelSpacing")
    imager = _read_pair(dataset, "ImagerPixelSpacing")
    if pixel:
        differs = imager is not None and not all(
            math.isclose(one, other, rel_tol=SAME_SPACING)
            for one, other in zip(pixel, imager, strict=True)
        )
        if differs or elements.text(dataset, "PixelSpacingCalibrationType"):
            return pixel, SpacingKind.CALIBRATED
    found = pixel or imager or _read_pair(dataset, "NominalScannedPixelSpacing")
    return found, SpacingKind.DETECTOR if found else SpacingKind.NONE


def _read_pair(dataset: Dataset, keyword: str) -> Spacing | None:
    pair = elements.numbers(dataset, keyword)
    if len(pair) != 2 or not all(0 < value < MAX_SPACING_MM for value in pair):
        return None
    return pair[0], pair[1]


def _is_inverted(dataset: Dataset) -> bool:
    """MONOCHROME1, or Presentation LUT Shape INVERSE: both say the same thing.

    The standard demands INVERSE exactly where the image is MONOCHROME1 (PS3.3 C.8.11.3.1.2,
    C.7.6.23), so the two together are one inversion and never cancel out.
    """
    return (
        elements.code(dataset, "PhotometricInterpretation") == "MONOCHROME1"
        or elements.code(dataset, "PresentationLUTShape") == "INVERSE"
    )


def _read_rescale(dataset: Dataset, ignored: list[str]) -> tuple[float, float]:
    slopes = elements.numbers(dataset, "RescaleSlope") or (1.0,)
    intercepts = elements.numbers(dataset, "RescaleIntercept") or (0.0,)
    if slopes[0] == 0 or max(abs(slopes[0]), abs(intercepts[0])) > 1e9:
        ignored.append("rescale")
        return 1.0, 0.0
    return slopes[0], intercepts[0]


def _read_windows(dataset: Dataset, ignored: list[str]) -> tuple[tuple[Window, ...], VoiFunction]:
    named = elements.code(dataset, "VOILUTFunction")
    function = VoiFunction(named) if named in set(VoiFunction) else VoiFunction.LINEAR
    centers = elements.numbers(dataset, "WindowCenter")
    widths = elements.numbers(dataset, "WindowWidth")
    words = elements.texts(dataset, "WindowCenterWidthExplanation")
    windows = []
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        narrow = width < 1 if function is VoiFunction.LINEAR else width <= 0
        if narrow or max(abs(center), width) > 1e9:
            ignored.append("window")
            continue
        windows.append(Window(center, width, words[index] if index < len(words) else ""))
    if len(centers) != len(widths):
        ignored.append("window")
    return tuple(windows), function if windows else VoiFunction.LINEAR


def _read_padding(dataset: Dataset, keyword: str, signed: bool) -> int | None:
    value = elements.integer(dataset, keyword)
    if value is None:
        return None
    value &= 0xFFFF  # some writers give it the wrong sign for the pixels
    return value - 0x10000 if signed and value >= 0x8000 else value


def _read_lut(dataset: Dataset, keyword: str, signed: bool, ignored: list[str]) -> Lut | None:
    sequence = elements.items(dataset, keyword)
    if not sequence:
        return None
    lut = _lut_of(sequence[0], signed)
    if lut is None:
        ignored.append("lookup_table")
    return lut


def _lut_of(item: Dataset, signed: bool) -> Lut | None:
    """Source: DICOM PS3.3 C.11.1.1.1 and C.11.2.1.1; a count of 0 stands for 65,536 entries."""
    descriptor = _words(item, "LUTDescriptor")
    if len(descriptor) != 3:
        return None
    count, first, bits = descriptor[0] or 0x10000, descriptor[1], descriptor[2]
    if signed and first >= 0x8000:
        first -= 0x10000
    data = _words(item, "LUTData")
    if len(data) < count and bits <= 8 and 2 * len(data) >= count:
        packed = np.asarray(data, dtype="<u2")  # 8-bit entries, two in a word
        data = tuple(packed.view(np.uint8).tolist())
    if len(data) < count or not 1 <= bits <= 16:
        return None
    entries = data[:count]
    # A table with larger entries than its descriptor admits would end beyond white.
    return Lut(first, max(bits, max(entries).bit_length()), entries)


def _words(item: Dataset, keyword: str) -> tuple[int, ...]:
    """16-bit values, however the element is typed (US, SS or OW)."""
    found = elements.values(item, keyword)
    if len(found) == 1 and isinstance(found[0], bytes):
        order = "<" if item.original_encoding[1] is not False else ">"
        raw = found[0]
        return struct.unpack(f"{order}{len(raw) // 2}H", raw[: len(raw) // 2 * 2])
    if not all(isinstance(value, int) for value in found):
        return ()
    return tuple(value & 0xFFFF for value in found if isinstance(value, int))
