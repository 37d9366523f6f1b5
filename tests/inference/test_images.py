"""Training reads DICOM as the application does, and HDF5 by its scale."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import h5py
import numpy as np
import pydicom
import pytest
from PIL import Image

from cases.dicom.pixels import to_display
from cases.dicom.reader import read_image
from inference.phantoms.dicom_file import PhantomIdentity, Photometric, phantom_dicom
from inference.phantoms.generator import make_phantom
from inference.training.errors import DataRefused
from inference.training.images import read_grey, stored_shape

IDENTITY = PhantomIdentity("1", "Synthetic", "One", "A1", datetime(2026, 1, 2, 3, 4))


def dicom(path: Path, photometric: Photometric = "MONOCHROME2", **changes: object) -> Path:
    phantom = make_phantom(3, size_px=(128, 128))
    path.write_bytes(phantom_dicom(phantom, identity=IDENTITY, photometric=photometric))
    if changes:
        file = pydicom.dcmread(path)
        for keyword, value in changes.items():
            if value is None:
                delattr(file, keyword)
            elif keyword == "PixelPaddingValue":
                file.add_new(keyword, "US", value)
            else:
                setattr(file, keyword, value)
        file.save_as(path)
    return path


def as_displayed(path: Path) -> np.ndarray:
    decoded = read_image(path)
    return to_display(decoded.stored, decoded.facts.grid)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"WindowCenter": "1500", "WindowWidth": "900"},
        {"WindowCenter": ["1500", "10"], "WindowWidth": ["900", "20"]},
        {"WindowCenter": "1500", "WindowWidth": "900", "VOILUTFunction": "SIGMOID"},
        {"WindowCenter": "1500", "WindowWidth": "900", "VOILUTFunction": "LINEAR_EXACT"},
        {"RescaleSlope": "2", "RescaleIntercept": "-1000", "RescaleType": "US"},
        {"WindowCenter": None, "WindowWidth": None},
        {"WindowCenter": "1500", "WindowWidth": "900", "PixelPaddingValue": 0},
    ],
    ids=lambda value: "-".join(map(str, value)) or "as written",
)
def test_dicom_reads_as_the_application_shows_it(
    tmp_path: Path, photometric: Photometric, changes: dict[str, object]
) -> None:
    path = dicom(tmp_path / "x.dcm", photometric, **changes)
    np.testing.assert_allclose(read_grey(path), as_displayed(path), atol=2e-3)


def test_a_voi_table_is_applied(tmp_path: Path) -> None:
    item = pydicom.Dataset()
    item.LUTDescriptor = [4096, 0, 8]
    item.LUTData = np.minimum(np.arange(4096) // 8, 255).astype("<u2").tobytes()
    path = dicom(tmp_path / "x.dcm", VOILUTSequence=[item], WindowCenter=None, WindowWidth=None)
    np.testing.assert_allclose(read_grey(path), as_displayed(path), atol=2e-3)


def test_dicom_is_known_by_its_content(tmp_path: Path) -> None:
    path = dicom(tmp_path / "x.dcm").rename(tmp_path / "no_suffix")
    assert read_grey(path).shape == stored_shape(path) == (128, 128)


def test_dicom_without_pixels_is_refused(tmp_path: Path) -> None:
    path = dicom(tmp_path / "bad.dcm", PixelData=None)
    with pytest.raises(DataRefused, match=r"bad\.dcm"):
        read_grey(path)


@pytest.mark.parametrize("name", ["bad.dcm", "bad.png", "bad.h5::a", "none.png"])
def test_a_file_that_is_not_what_it_seems_is_refused_by_name(tmp_path: Path, name: str) -> None:
    if not name.startswith("none"):
        (tmp_path / name.partition("::")[0]).write_bytes(b"nothing of the kind")
    with pytest.raises(DataRefused, match=name.partition(".")[0]):
        read_grey(tmp_path / name)


def test_hdf5_values_are_scaled_by_their_bits(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as opened:
        opened["eight"] = np.array([[0, 255]], np.uint8)
        opened["twelve"] = np.array([[0, 4095]], np.uint16)
        opened["twelve"].attrs["bits_stored"] = 12
        opened["float"] = np.array([[0.0, 1.0]], np.float32)
        opened["stack"] = np.array([[[0, 0]], [[0, 255]]], np.uint8)
    for key in ("eight", "twelve", "float", "stack[1]"):
        assert read_grey(tmp_path / f"x.h5::{key}").tolist() == [[0.0, 1.0]], key


@pytest.mark.parametrize(
    "values",
    [np.zeros((2, 2, 2), np.uint8), np.full((2, 2), 2.0), np.full((2, 2), -1, np.int16)],
    ids=["three axes", "above one", "signed"],
)
def test_hdf5_values_without_a_scale_are_refused(tmp_path: Path, values: np.ndarray) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as opened:
        opened["a"] = values
    with pytest.raises(DataRefused, match=r"x\.h5::a"):
        read_grey(tmp_path / "x.h5::a")


def test_the_size_of_a_picture_comes_from_its_header(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((5, 9), np.uint8)).save(tmp_path / "x.png")
    assert stored_shape(tmp_path / "x.png") == (5, 9)
    (tmp_path / "y.png").write_bytes(b"")
    with pytest.raises(DataRefused, match=r"y\.png"):
        stored_shape(tmp_path / "y.png")
