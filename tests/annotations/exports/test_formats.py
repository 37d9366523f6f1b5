"""YOLO and VinBigData: worked out by hand, and faults that the check sees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from annotations.exports.coco import CocoInfo
from annotations.exports.errors import ExportInvalid
from annotations.exports.label_sets import LabelSet
from annotations.exports.pictures import write_picture
from annotations.exports.selfcheck import WrittenFormats, check_release
from annotations.exports.tables import write_tables
from annotations.exports.types import (
    NO_FINDING,
    ExportPrediction,
    ExportRecord,
    Split,
)
from annotations.exports.vinbigdata import submission_csv, train_csv
from annotations.exports.yolo import yolo_files
from tests.annotations.exports.records import CATEGORIES, image, says, three_images

VINDR = LabelSet("two classes", ("Nodule/Mass", "Other"), {"nodule": 0, "mass": 0}, no_finding=2)


def write(folder: Path, records: tuple[ExportRecord, ...]) -> dict[str, dict[str, int]]:
    """All formats. Returns what YOLO and VinBigData dropped and left out."""

    (folder / "images").mkdir(parents=True)
    for record in records:
        grey = np.zeros((record.image.height_px, record.image.width_px), np.uint8)
        write_picture(grey, folder / record.image.file_name)
    with (
        train_csv(folder, VINDR) as train,
        submission_csv(folder, VINDR) as submission,
        yolo_files(folder, VINDR) as yolo,
    ):
        write_tables(
            records,
            folder,
            categories=CATEGORIES,
            info=CocoInfo("Test", "chest@1"),
            also=(train, submission, yolo),
        )
    return {"dropped": train.dropped, "yolo": yolo.dropped, "left_out": dict(yolo.left_out)}


def check(folder: Path) -> tuple[str, ...]:
    return check_release(folder, formats=WrittenFormats(VINDR, VINDR)).problems


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_vinbigdata_says_every_finding_of_the_set_and_no_finding_as_its_last_class(
    tmp_path: Path,
) -> None:
    said = write(tmp_path / "r", three_images())
    assert lines(tmp_path / "r" / "vinbigdata" / "train.csv") == [
        "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max",
        "i1,Nodule/Mass,0,r1,1.0,2.0,11.5,22.25",
        "i2,No finding,2,r1,,,,",
        "i3,Nodule/Mass,0,r1,0.0,0.0,40.0,30.0",
    ]
    assert said["dropped"] == {"effusion": 1}
    assert check(tmp_path / "r") == ()


def test_the_models_boxes_become_prediction_strings_best_first(tmp_path: Path) -> None:
    first, second, third = three_images()
    predicted = (
        ExportPrediction("nodule", 0.25, (1.0, 2.0, 3.0, 4.5)),
        ExportPrediction("mass", 0.75, (5.0, 6.0, 7.0, 8.0)),
        ExportPrediction("mass", 0.9),
        ExportPrediction("effusion", 0.9, (0.0, 0.0, 1.0, 1.0)),
    )
    records = (ExportRecord(first.image, first.statements, predicted), second, third)
    write(tmp_path / "r", records)
    assert lines(tmp_path / "r" / "vinbigdata" / "submission.csv") == [
        "image_id,PredictionString",
        "i1,0 0.75 5 6 7 8 0 0.25 1 2 3 4.5",
        "i2,2 1 0 0 1 1",
        "i3,2 1 0 0 1 1",
    ]


def test_yolo_boxes_are_centres_and_sizes_in_shares_of_the_image(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    write(folder, three_images())
    # x: (1 + 11.5) / 2 / 40, y: (2 + 22.25) / 2 / 30, width 10.5 / 40, height 20.25 / 30
    assert lines(folder / "labels" / "i1.txt") == ["0 0.156250 0.404167 0.262500 0.675000"]
    assert lines(folder / "labels" / "i2.txt") == []
    assert lines(folder / "yolo-train.txt") == [f"./images/i{n}.png" for n in (1, 2, 3)]
    assert '0: "Nodule/Mass"' in (folder / "data.yaml").read_text()
    assert not (folder / "yolo-all.txt").exists()


def test_an_image_whose_finding_has_no_box_is_no_background_for_yolo(tmp_path: Path) -> None:
    record = ExportRecord(image("i9", split=Split.TEST), (says("nodule", "i9"),))
    said = write(tmp_path / "r", (record,))
    assert said["left_out"] == {"finding_without_box_or_class": 1}
    assert lines(tmp_path / "r" / "yolo-test.txt") == []
    assert not (tmp_path / "r" / "labels" / "i9.txt").exists()
    assert check(tmp_path / "r") == ()


def test_vinbigdata_needs_a_class_for_no_finding(tmp_path: Path) -> None:
    with (
        pytest.raises(ExportInvalid, match="no finding"),
        train_csv(tmp_path, LabelSet("x", ("Mass",), {"mass": 0})),
    ):
        pass
    assert not (tmp_path / "vinbigdata" / "train.csv").exists()


def move_box(folder: Path) -> None:
    path = folder / "labels" / "i1.txt"
    path.write_text(path.read_text().replace("0.156250", "0.256250"))


def change_class(folder: Path) -> None:
    path = folder / "labels" / "i3.txt"
    path.write_text("1" + path.read_text()[1:])


def list_twice(folder: Path) -> None:
    path = folder / "yolo-train.txt"
    path.write_text(path.read_text() + "./images/i1.png\n")


def lose_negative(folder: Path) -> None:
    path = folder / "vinbigdata" / "train.csv"
    path.write_text("\r\n".join(line for line in lines(path) if "No finding" not in line))


def lose_prediction(folder: Path) -> None:
    path = folder / "vinbigdata" / "submission.csv"
    path.write_text("\r\n".join(lines(path)[:-1]))


def lose_file(folder: Path) -> None:
    (folder / "vinbigdata" / "train.csv").unlink()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (move_box, "labels/i1.txt and COCO"),
        (change_class, "labels/i3.txt and COCO"),
        (list_twice, "yolo-train.txt does not list"),
        (lose_negative, "vinbigdata/train.csv and COCO"),
        (lose_prediction, "vinbigdata/submission.csv has not one row"),
        (lose_file, "A table cannot be read back"),
    ],
)
def test_the_check_sees_a_format_that_says_something_else(
    tmp_path: Path, fault: Callable[[Path], None], said: str
) -> None:
    folder = tmp_path / "r"
    write(folder, three_images())
    fault(folder)
    (problem,) = check(folder)
    assert problem.startswith(said)


def test_no_finding_by_one_reader_and_a_box_by_another_is_no_negative(tmp_path: Path) -> None:
    boxed = says("mass", "i1", reader_key="r2", box_xyxy=(1.0, 1.0, 5.0, 5.0))
    write(tmp_path / "r", (ExportRecord(image(), (says(NO_FINDING), boxed)),))
    assert len(lines(tmp_path / "r" / "labels" / "i1.txt")) == 1
    assert check(tmp_path / "r") == ()
