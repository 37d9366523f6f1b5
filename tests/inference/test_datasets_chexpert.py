"""CheXpert- and MIMIC-style tables: what uncertain and blank mean is a choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.training.config import DataConfig
from inference.training.datasets import load_dataset
from inference.training.datasets_chexpert import CHEXPERT
from inference.training.errors import DataRefused

LABELS = "No Finding,Cardiomegaly,Edema,Pneumonia,Pleural Effusion,Support Devices"
HEADER = f"Path,Sex,Age,Frontal/Lateral,AP/PA,{LABELS}"
FRONTAL = "CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP"
LATERAL = "CheXpert-v1.0-small/train/patient00001/study1/view2_lateral.jpg,Female,68,Lateral,"
HEALTHY = "CheXpert-v1.0-small/train/patient00002/study1/view1_frontal.jpg,Male,40,Frontal,PA"
ROWS = (
    f"{FRONTAL},,1.0,-1.0,0.0,,1.0",
    f"{LATERAL},,1.0,-1.0,0.0,,1.0",
    f"{HEALTHY},1.0,,,,,",
)


def write(folder: Path, rows: tuple[str, ...] = ROWS, header: str = HEADER) -> Path:
    (folder / "train.csv").write_text("\n".join((header, *rows)) + "\n")
    return folder


def config(**values: object) -> DataConfig:
    return DataConfig(kind="chexpert", **values)  # type: ignore[arg-type]


def test_present_absent_uncertain_and_blank_are_told_apart(tmp_path) -> None:
    dataset = load_dataset(write(tmp_path), config())
    first = dataset.records[0]
    assert first.image == "train/patient00001/study1/view1_frontal.jpg"
    assert (first.patient_id, first.age_years, first.sex, first.view) == (
        "patient00001",
        68,
        "F",
        "AP",
    )
    assert first.labels == {"Cardiomegaly", "Support Devices"}
    assert first.known == first.labels | {"Pneumonia"}  # Edema in doubt, Effusion unmentioned
    assert first.uncertain == ()


def test_no_finding_excludes_findings_but_no_devices(tmp_path) -> None:
    healthy = load_dataset(write(tmp_path), config()).records[1]
    assert healthy.labels == frozenset()
    assert healthy.known == {"Cardiomegaly", "Edema", "Pneumonia", "Pleural Effusion"}


def test_lateral_images_are_left_out_and_counted(tmp_path) -> None:
    dataset = load_dataset(write(tmp_path), config())
    assert len(dataset.records) == 2
    assert dict(dataset.left_out)["lateral or unnamed view"] == 1


@pytest.mark.parametrize(("policy", "target"), [("zeros", 0.0), ("ones", 1.0), ("smooth", 0.7)])
def test_an_uncertain_label_trains_by_the_policy_but_judges_nothing(
    tmp_path, policy: str, target: float
) -> None:
    first = load_dataset(write(tmp_path), config(uncertain=policy)).records[0]
    assert first.uncertain == (("Edema", target),)
    assert "Edema" not in first.known


def test_blank_may_mean_absent(tmp_path) -> None:
    first = load_dataset(write(tmp_path), config(blank="negative")).records[0]
    assert "Pleural Effusion" in first.known
    assert "Pleural Effusion" not in first.labels


def test_a_wider_label_is_present_through_a_narrow_one_but_never_absent_through_it(
    tmp_path,
) -> None:
    # Pneumonia is a "Lung Opacity" of VinDr. Its absence leaves other opacities open.
    rows = (f"{FRONTAL},,0.0,,0.0,1.0,", f"{HEALTHY},,0.0,,1.0,0.0,")
    first, second = load_dataset(write(tmp_path, rows), config(label_set="vindr14")).records
    assert first.labels == {"Pleural effusion"}
    assert "Lung Opacity" not in first.known
    assert second.labels == {"Lung Opacity"}
    assert second.known == {"Lung Opacity", "Cardiomegaly", "Pleural effusion"}


def test_what_a_label_set_has_no_name_for_is_counted(tmp_path) -> None:
    dataset = load_dataset(write(tmp_path), config(label_set="chestxray14"))
    assert dict(dataset.left_out)["Support Devices"] == 1
    assert dataset.records[0].labels == {"Cardiomegaly"}


def test_only_the_columns_that_are_there_are_labels(tmp_path) -> None:
    labels = load_dataset(write(tmp_path), config()).labels
    assert set(labels) < set(CHEXPERT)
    assert "Fracture" not in labels


MIMIC = ("subject_id,study_id,No Finding,Cardiomegaly,Edema", "10000032,50414267,,1.0,0.0")


def test_mimic_tables_are_joined_with_their_metadata(tmp_path) -> None:
    write(tmp_path, MIMIC[1:], MIMIC[0])
    (tmp_path / "meta.csv").write_text(
        "dicom_id,subject_id,study_id,ViewPosition\n"
        "aa-bb,10000032,50414267,PA\ncc-dd,10000032,50414267,LATERAL\nee-ff,10000032,1,PA\n"
    )
    dataset = load_dataset(tmp_path, config(metadata_csv="meta.csv"))
    (record,) = dataset.records
    assert record.image == "files/p10/p10000032/s50414267/aa-bb.jpg"
    assert record.patient_id == "10000032"
    assert record.labels == {"Cardiomegaly"}


def test_mimic_labels_alone_name_no_image(tmp_path) -> None:
    with pytest.raises(DataRefused, match=r"dicom_id: set data\.metadata_csv"):
        load_dataset(write(tmp_path, MIMIC[1:], MIMIC[0]), config())


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (f"{FRONTAL},,2.0,,,,", "row 2: Cardiomegaly = 2"),
        (f"{FRONTAL},,yes,,,,", "row 2: Cardiomegaly = 'yes' is not a number"),
        (",Female,68,Frontal,AP,,1.0,,,,", "row 2: Path is empty"),
        ("train/view1.jpg,Female,68,Frontal,AP,,1.0,,,,", "row 2: the path names no patient"),
    ],
)
def test_a_bad_row_is_named(tmp_path, row: str, complaint: str) -> None:
    with pytest.raises(DataRefused, match=rf"train\.csv, {complaint}"):
        load_dataset(write(tmp_path, (row,)), config())
