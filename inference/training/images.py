"""One radiograph from a PNG, JPEG, DICOM or HDF5 file as grey values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.training.errors import DataRefused

INSIDE = "::"  # FILE.h5::KEY
DICOM_SUFFIXES = (".dcm", ".dicom")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")
HDF5_SUFFIXES = (".h5", ".hdf5")
AUTO_LOW, AUTO_HIGH = 0.5, 99.5  # percentiles of the automatic window

Floats = NDArray[np.float32]


def read_grey(path: Path) -> Floats:
    """(H, W) float32 in [0, 1]; 1 is white. Raises DataRefused, which names the file."""
    if INSIDE in path.name:
        return _from_hdf5(path)
    if path.suffix.lower() in DICOM_SUFFIXES or _begins_as_dicom(path):
        return _from_dicom(path)
    return _from_picture(path)


def stored_shape(path: Path) -> tuple[int, int]:
    """(rows, columns) of a PNG or JPEG from its header, of anything else from its pixels."""
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        rows, columns = read_grey(path).shape
        return rows, columns
    try:
        with Image.open(path) as picture:
            return picture.height, picture.width
    except OSError as error:
        raise DataRefused(f"{path.name} is no readable picture.") from error


def _begins_as_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(132)[128:] == b"DICM"
    except OSError as error:
        raise DataRefused(f"{path.name} cannot be read: {error.strerror}.") from error


def _from_picture(path: Path) -> Floats:
    """8- or 16-bit, grey or colour."""
    try:
        with Image.open(path) as picture:
            deep = picture.mode.startswith("I")
            values = np.asarray(picture if deep else picture.convert("L"), dtype=np.float32)
    except OSError as error:
        raise DataRefused(f"{path.name} is no readable picture.") from error
    return values / np.float32(65535.0 if deep else 255.0)


def _from_hdf5(path: Path) -> Floats:
    """uint8 and uint16 by full scale (of the attribute ``bits_stored`` where set), floats as is.

    ``KEY`` names a (H, W) data set; ``KEY[3]`` is image 3 of a (N, H, W) one.
    """
    import h5py  # optional: only HDF5 data needs it

    file, _, key = str(path).partition(INSIDE)
    name, _, index = key.removesuffix("]").partition("[")
    try:
        with h5py.File(file, "r") as opened:
            stored = opened[name]
            bits = int(stored.attrs.get("bits_stored", 8 * stored.dtype.itemsize))
            values = np.asarray(stored[int(index)] if index else stored[()])
    except (OSError, KeyError, AttributeError, ValueError, IndexError) as error:
        raise DataRefused(f"{path.name} cannot be read from its HDF5 file.") from error
    if values.ndim != 2 or values.dtype.kind not in "uf":
        raise DataRefused(f"{path.name} is no grey image of uint8, uint16 or float.")
    grey = values.astype(np.float32)
    if values.dtype.kind == "u":
        grey /= np.float32(2**bits - 1)
    if not (np.isfinite(grey).all() and grey.min() >= 0 and grey.max() <= 1):
        raise DataRefused(f"{path.name} has values outside its scale.")
    return grey


def _from_dicom(path: Path) -> Floats:
    """Modality LUT, VOI LUT or first window, then MONOCHROME1: in this order.

    Without a window: from the 0.5 to the 99.5 percentile. Source: DICOM PS3.3 C.11.1, C.11.2 and
    C.7.6.3.1.2.
    """
    import pydicom  # optional: only DICOM data needs it
    from pydicom.errors import InvalidDicomError  # optional: as above
    from pydicom.pixels.processing import apply_modality_lut  # optional: as above

    try:
        header = pydicom.dcmread(path)
        stored = header.pixel_array
        if stored.ndim != 2 or int(header.get("SamplesPerPixel", 1)) != 1:
            raise DataRefused(f"{path.name} is not one grey image.")
        values: NDArray[np.float64] = apply_modality_lut(stored, header).astype(np.float64)
        grey = _windowed(values, header, _padding(stored, header))
    except InvalidDicomError as error:
        raise DataRefused(f"{path.name} is no DICOM file.") from error
    except (OSError, AttributeError, KeyError, ValueError, RuntimeError, IndexError) as error:
        raise DataRefused(f"{path.name} has no pixels that can be decoded: {error}") from error
    return grey


def _padding(stored: NDArray[Any], header: Any) -> NDArray[np.bool_]:
    """Where the stored value is padding (PS3.3 C.7.5.1.1.2)."""
    value = header.get("PixelPaddingValue")
    if value is None:
        return np.zeros(stored.shape, dtype=np.bool_)
    limit = header.get("PixelPaddingRangeLimit", value)
    low, high = sorted((int(value), int(limit)))
    return np.asarray((stored >= low) & (stored <= high))


def _windowed(values: NDArray[np.float64], header: Any, padding: NDArray[np.bool_]) -> Floats:
    if header.get("VOILUTSequence"):
        grey = _looked_up(values, header.VOILUTSequence[0])
    else:
        function = str(header.get("VOILUTFunction", "LINEAR") or "LINEAR").upper()
        centre, width = _first(header.get("WindowCenter")), _first(header.get("WindowWidth"))
        if centre is None or width is None:
            used = values[~padding] if not padding.all() else values
            low, high = np.percentile(used, (AUTO_LOW, AUTO_HIGH), method="lower")
            function, centre, width = "LINEAR_EXACT", (low + high) / 2, (high - low) or 1.0
        grey = _window(values, centre, width, function)
    inverse = str(header.get("PresentationLUTShape", "")).upper() == "INVERSE"
    if str(header.get("PhotometricInterpretation", "")) == "MONOCHROME1" or inverse:
        grey = 1.0 - grey
    grey[padding] = 0.0
    return np.clip(grey, 0.0, 1.0).astype(np.float32)


def _looked_up(values: NDArray[np.float64], table: Any) -> NDArray[np.float64]:
    """Through a VOI LUT, whose entries are bytes or words (PS3.3 C.11.2.1.1)."""
    entries, first, bits = (int(number) for number in table.LUTDescriptor)
    data = table.LUTData
    if isinstance(data, bytes):
        data = np.frombuffer(data, np.uint8 if len(data) == (entries or 65_536) else "<u2")
    levels = np.asarray(data, dtype=np.float64)
    index = np.clip(np.rint(values) - first, 0, len(levels) - 1).astype(np.int64)
    grey: NDArray[np.float64] = levels[index] / (2.0**bits - 1.0)
    return grey


def _first(value: Any) -> float | None:
    if value is None or value == "":
        return None
    many = isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue"
    return float(value[0]) if many else float(value)


def _window(
    values: NDArray[np.float64], centre: float, width: float, function: str
) -> NDArray[np.float64]:
    """Grey in [0, 1]. Raises ValueError for a window that is too narrow for its function."""
    if width <= 0 or (function == "LINEAR" and width < 1):
        raise ValueError(f"a {function} window cannot be {width} wide")
    if function == "SIGMOID":
        with np.errstate(over="ignore"):  # far below the centre exp overflows to inf: grey 0
            sigmoid: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-4.0 * (values - centre) / width))
        return sigmoid
    if function == "LINEAR_EXACT":
        return np.clip((values - centre) / width + 0.5, 0.0, 1.0)
    if width == 1.0:
        return (values > centre - 0.5).astype(np.float64)
    return np.clip((values - (centre - 0.5)) / (width - 1.0) + 0.5, 0.0, 1.0)
