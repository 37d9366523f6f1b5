"""Text in the pixels and masks beside them, in a whole extraction."""

from __future__ import annotations

from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest

from cases.dicom.extraction.types import TextRule, Wanted
from tests.cases.dicom.extraction.support import PIXELS, plan_of, put, rows, run, uid
from tests.cases.dicom.factories import dicom_bytes, png_bytes


def test_suspected_text_is_painted_black_and_its_place_is_told(folder: Path) -> None:
    picture = np.full((200, 300), 90, np.uint8)
    cv2.putText(picture, "DOE JOHN", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2, cv2.LINE_AA)
    put(folder, "a.png", png_bytes(picture))
    run(plan_of(folder, Wanted(pixels=True, metadata=True, text=TextRule.BLANK)))
    with h5py.File(folder / "pixels.h5") as file:
        image = file["a.png"]
        boxes = image.attrs["blanked_xyxy"]
        assert len(boxes) >= 1
        assert image[()].max() == 90
        for x_min, y_min, x_max, y_max in boxes:
            assert not image[y_min:y_max, x_min:x_max].any()
    (row,) = rows(folder / "metadata.csv")
    assert row["suspected_text"] == str(len(boxes))


@pytest.mark.parametrize(
    ("rule", "header", "code"),
    [
        (TextRule.BLANK, "YES", "burned_in_text"),  # announced, and nobody can say where it is
        (TextRule.LEAVE_OUT, "YES", "burned_in_text"),
        (TextRule.LEAVE_OUT, "NO", ""),
        (TextRule.KEEP, "YES", ""),
    ],
)
def test_announced_text_that_is_not_found_keeps_the_file_out(
    folder: Path, rule: TextRule, header: str, code: str
) -> None:
    put(folder, "a.dcm", dicom_bytes(PIXELS, BurnedInAnnotation=header))
    summary = run(plan_of(folder, Wanted(pixels=True, text=rule)))
    assert list(summary.codes) == ([code] if code else [])


def test_lung_masks_are_found_by_name_and_must_fit(folder: Path) -> None:
    (folder / "masks").mkdir()
    put(folder, "a.dcm", dicom_bytes(PIXELS))
    put(folder, "b.dcm", dicom_bytes(PIXELS, SOPInstanceUID=uid(1)))
    put(folder, "c.dcm", dicom_bytes(PIXELS, SOPInstanceUID=uid(2)))
    mask = np.zeros(PIXELS.shape, np.uint8)
    mask[:32] = 255
    (folder / "masks" / "a.png").write_bytes(png_bytes(mask))
    (folder / "masks" / "c.png").write_bytes(png_bytes(mask[:, :20].copy()))
    wanted = Wanted(features=True, text=TextRule.KEEP)
    summary = run(plan_of(folder, wanted, masks=folder / "masks"))
    assert summary.codes == {"mask_does_not_fit": 1}
    first, second = rows(folder / "features.csv")
    assert float(first["lung_area_share"]) == 0.5
    assert second["lung_area_share"] == ""
    assert float(second["intensity_mean"]) > 0
