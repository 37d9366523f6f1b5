"""The official files of ChestX-ray14."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.predict.types import Box
from inference.training.config import DataConfig
from inference.training.datasets import load_dataset
from inference.training.errors import DataRefused

HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],"
)
ROWS = (
    "00000001_000.png,Cardiomegaly|Effusion,0,1,58,M,PA,2682,2749,0.143,0.143,",
    "00000001_001.png,No Finding,1,1,411,M,PA,2682,2749,0.143,0.143,",
    "00000002_000.png,Infiltration,0,2,60,F,AP,2500,2048,0.168,0.168,",
)
BOXES = (
    'Image Index,Finding Label,"Bbox [x",y,w,h],,,',
    "00000001_000.png,Cardiomegaly,10.5,20,30,40,,,",
    "00000002_000.png,Infiltrate,1,2,3,4,,,",
)


def official(folder: Path, rows: tuple[str, ...] = ROWS, boxes: tuple[str, ...] = BOXES) -> Path:
    (folder / "Data_Entry_2017_v2020.csv").write_text("\n".join((HEADER, *rows)) + "\n")
    (folder / "BBox_List_2017.csv").write_text("\n".join(boxes) + "\n")
    for place, name in (
        ("images_001/images", "00000001_000.png"),
        ("images_001/images", "00000001_001.png"),
        ("images_002/images", "00000002_000.png"),
    ):
        (folder / place).mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((64, 64), np.uint8)).save(folder / place / name)
    return folder


def test_the_official_files_read_as_they_are_published(tmp_path) -> None:
    dataset = load_dataset(official(tmp_path), DataConfig())
    first, second, third = dataset.records
    assert first.image == "images_001/images/00000001_000.png"
    assert (first.patient_id, first.age_years, first.sex, first.view) == ("1", 58, "M", "PA")
    assert first.labels == {"Cardiomegaly", "Effusion"}
    # x, y, w, h become corners; Infiltrate is the Infiltration of the labels.
    assert first.boxes == (("Cardiomegaly", Box(10.5, 20, 40.5, 60)),)
    assert third.boxes == (("Infiltration", Box(1, 2, 4, 6)),)
    assert second.labels == frozenset()
    assert second.age_years is None  # 411 years is nobody's age
    assert dataset.label_set == "chestxray14"


def test_without_the_box_list_nothing_is_boxed(tmp_path) -> None:
    (official(tmp_path) / "BBox_List_2017.csv").unlink()
    assert not any(record.boxes for record in load_dataset(tmp_path, DataConfig()).records)


@pytest.mark.parametrize(
    ("rows", "boxes", "complaint"),
    [
        ((ROWS[0], ROWS[0]), BOXES, "00000001_000.png stands twice"),
        (("00000009_000.png,Mass,0,9,1,F,PA,1,1,1,1,",), BOXES, r"v2020\.csv, row 2: .*no image f"),
        (("00000001_000.png,Dragon,0,9,1,F,PA,1,1,1,1,",), BOXES, "row 2: unknown labels: Dragon"),
        (("00000001_000.png,Mass,0,,1,F,PA,1,1,1,1,",), BOXES, "row 2: Patient ID is empty"),
        (ROWS, (BOXES[0], "00000001_000.png,Mass,1,2,0,4,,,"), "BBox.*row 2: the box is empty"),
        (ROWS, (BOXES[0], "00000001_000.png,Mass,a,2,3,4,,,"), "row 2: .*not a number"),
        (ROWS, (BOXES[0], "00000001_000.png,Hernia,1,2,3,4,,,"), "row 2: .*unknown label Hernia"),
        (ROWS, (BOXES[0], "00000001_000.png,Mass"), "row 2: not as many cells"),
        (ROWS, ("Image Index,Finding Label",), r"BBox_List_2017\.csv has no column"),
    ],
)
def test_a_bad_row_is_named(tmp_path, rows, boxes, complaint: str) -> None:
    with pytest.raises(DataRefused, match=complaint):
        load_dataset(official(tmp_path, rows, boxes), DataConfig())


def test_two_label_files_are_refused(tmp_path) -> None:
    official(tmp_path)
    (tmp_path / "Data_Entry_2017.csv").write_text(HEADER + "\n")
    with pytest.raises(DataRefused, match="Several label files"):
        load_dataset(tmp_path, DataConfig())


def test_a_missing_or_empty_folder_is_refused(tmp_path) -> None:
    with pytest.raises(DataRefused, match="no data folder"):
        load_dataset(tmp_path / "none", DataConfig())
    official(tmp_path, rows=())
    with pytest.raises(DataRefused, match="no image"):
        load_dataset(tmp_path, DataConfig())


def test_a_file_that_is_no_text_is_refused(tmp_path) -> None:
    (official(tmp_path) / "BBox_List_2017.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataRefused, match="UTF-8"):
        load_dataset(tmp_path, DataConfig())
