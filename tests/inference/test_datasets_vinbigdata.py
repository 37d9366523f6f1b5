"""VinBigData: several readers, four ways to store the images."""

from __future__ import annotations

import math
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from inference.predict.labels import VINDR14
from inference.predict.types import Box
from inference.training.config import DataConfig
from inference.training.datasets import load_dataset
from inference.training.errors import DataRefused

HEADER = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max"
ROWS = (
    "a,Cardiomegaly,3,R8,10,10,30,30",
    "a,Cardiomegaly,3,R9,10,12,30,32",
    "a,Nodule/Mass,8,R9,40,40,50,50",
    "b,No finding,14,R8,,,,",
)
VINBIG = DataConfig(kind="vinbigdata")


def write(folder: Path, rows: tuple[str, ...] = ROWS, names: tuple[str, ...] = ("a", "b")) -> Path:
    (folder / "train").mkdir(parents=True)
    (folder / "train.csv").write_text("\n".join((HEADER, *rows)) + "\n")
    for name in names:
        Image.fromarray(np.full((64, 48), 100, np.uint8)).save(folder / "train" / f"{name}.png")
    return folder


def config(**values: object) -> DataConfig:
    return DataConfig(kind="vinbigdata", **values)  # type: ignore[arg-type]


def test_boxes_of_several_readers_become_one_with_their_number(tmp_path) -> None:
    dataset = load_dataset(write(tmp_path), VINBIG)
    first, second = dataset.records
    assert first.boxes == (
        ("Cardiomegaly", Box(10, 11, 30, 31)),
        ("Nodule/Mass", Box(40, 40, 50, 50)),
    )
    assert first.readers == (2, 1)
    assert first.labels == {"Cardiomegaly", "Nodule/Mass"}
    assert first.known == second.known == set(VINDR14)
    assert second.labels == frozenset()
    assert second.patient_id == "b"
    assert dataset.label_set == "vindr14"


def test_a_label_of_too_few_readers_is_unknown_not_absent(tmp_path) -> None:
    dataset = load_dataset(write(tmp_path), config(min_readers=2))
    first = dataset.records[0]
    assert first.labels == {"Cardiomegaly"}
    assert "Nodule/Mass" not in first.known
    assert [label for label, _ in first.boxes] == ["Cardiomegaly"]


def test_a_disputed_label_may_train_softly(tmp_path) -> None:
    chosen = config(min_readers=2, uncertain="smooth", uncertain_target=0.6)
    first = load_dataset(write(tmp_path), chosen).records[0]
    assert first.uncertain == (("Nodule/Mass", 0.6),)
    assert "Nodule/Mass" not in first.known


def test_another_label_set_keeps_what_it_has_names_for(tmp_path) -> None:
    dataset = load_dataset(write(tmp_path), config(label_set="chestxray14"))
    first = dataset.records[0]
    assert first.labels == {"Cardiomegaly"}
    assert [label for label, _ in first.boxes] == ["Cardiomegaly"]
    # Nobody looked for a hernia; that VinDr saw no "Nodule/Mass" elsewhere says nothing of Mass.
    assert "Hernia" not in first.known
    assert "Mass" not in dataset.records[1].known
    assert "Effusion" in first.known
    assert dataset.left_out == (("Nodule/Mass", 1),)


def test_resized_images_scale_their_boxes(tmp_path) -> None:
    write(tmp_path)
    (tmp_path / "train_meta.csv").write_text("image_id,dim0,dim1\na,128,144\nb,128,144\n")
    first = load_dataset(tmp_path, config(sizes_csv="train_meta.csv", reader_fusion="nms")).records[
        0
    ]
    # Stored 64 x 48 of 128 x 144: rows halve, columns are a third.
    box = first.boxes[1][1]
    assert box.as_xyxy() == pytest.approx((40 / 3, 20, 50 / 3, 25))


def test_an_image_without_a_known_size_is_refused(tmp_path) -> None:
    write(tmp_path)
    (tmp_path / "train_meta.csv").write_text("image_id,dim0,dim1\nb,128,144\n")
    with pytest.raises(DataRefused, match="original size of a"):
        load_dataset(tmp_path, config(sizes_csv="train_meta.csv"))


def test_a_finding_without_a_box_is_one_of_the_whole_image(tmp_path) -> None:
    rows = ("a,Cardiomegaly,3,R8,,,,", "b,No finding,14,R8,,,,")
    first = load_dataset(write(tmp_path, rows), VINBIG).records[0]
    assert first.labels == {"Cardiomegaly"}
    assert first.boxes == ()


def test_a_patient_column_is_honoured(tmp_path) -> None:
    write(tmp_path)
    table = "\n".join((f"{HEADER},patient_id", *(f"{row},p1" for row in ROWS)))
    (tmp_path / "train.csv").write_text(table + "\n")
    assert {record.patient_id for record in load_dataset(tmp_path, VINBIG).records} == {"p1"}


@pytest.mark.parametrize("layout", ["one each", "stack"])
def test_images_may_lie_in_an_hdf5_file(tmp_path, layout: str) -> None:
    write(tmp_path, names=())
    pixels = np.full((64, 48), 100, np.uint8)
    with h5py.File(tmp_path / "train.h5", "w") as opened:
        if layout == "stack":
            opened["images"] = np.stack([pixels, pixels + 1])
            opened["image_id"] = ["a", "b"]
        else:
            opened["a"], opened["b"] = pixels, pixels + 1
    places = [record.image for record in load_dataset(tmp_path, VINBIG).records]
    expected = ["train.h5::images[0]", "train.h5::images[1]"]
    assert places == (expected if layout == "stack" else ["train.h5::a", "train.h5::b"])


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("c,Cardiomegaly,3,R8,1,1,3,3", "row 2: there is no image c"),
        ("a,Cardiomegaly,4,R8,1,1,3,3", "row 2: class 4 is Consolidation, not Cardiomegaly"),
        ("a,Cardiomegaly,15,R8,1,1,3,3", "row 2: class_id = 15"),
        ("a,Cardiomegaly,3,R8,3,1,3,3", "row 2: the box is empty"),
        ("a,Cardiomegaly,3,R8,,1,3,3", "row 2: x_min is empty"),
        ("a,Cardiomegaly,3,,1,1,3,3", "row 2: rad_id is empty"),
        ("a,Cardiomegaly,3,R8,nan,1,3,3", "row 2: x_min = 'nan'"),
    ],
)
def test_a_bad_row_is_named(tmp_path, row: str, complaint: str) -> None:
    with pytest.raises(DataRefused, match=rf"train\.csv, {complaint}"):
        load_dataset(write(tmp_path, rows=(row,)), VINBIG)


def test_two_files_of_one_id_are_refused(tmp_path) -> None:
    write(tmp_path)
    (tmp_path / "images").mkdir()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "images" / "a.jpg")
    with pytest.raises(DataRefused, match="lies in two files"):
        load_dataset(tmp_path, VINBIG)


def test_a_doubtful_label_without_a_target_has_none(tmp_path) -> None:
    first = load_dataset(write(tmp_path), config(min_readers=2, uncertain="ignore")).records[0]
    assert first.uncertain == ()
    assert not any(math.isnan(target) for _, target in first.uncertain)
