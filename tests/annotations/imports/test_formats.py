"""Each format gives the same images, boxes and negatives that its file states."""

from __future__ import annotations

import json

import pytest

from annotations.imports.errors import FormatUnknown, TableBroken
from annotations.imports.types import Format, Options
from tests.annotations.imports.datasets import images_in, problems_in, read, statements_in

COCO = {
    "info": {"description": "a, b"},
    "categories": [{"id": 3, "name": "Nodule"}],
    "images": [
        {"id": 7, "file_name": "a.png", "width": 100, "height": 80},
        {"id": 8, "file_name": "b.png", "width": 100, "height": 80},
    ],
    "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 20, 30.5, 40]}],
}


def test_coco_boxes_become_corners_and_images_keep_their_size() -> None:
    found, items = read({"x/annotations.json": json.dumps(COCO)})
    assert found is Format.COCO
    assert [(i.key, i.file_name, i.width_px) for i in images_in(items)] == [
        ("7", "a.png", 100.0), ("8", "b.png", 100.0),
    ]  # fmt: skip
    (said,) = statements_in(items)
    assert (said.key, said.label, said.reader, said.box) == (
        "7", "Nodule", "annotator", (10.0, 20.0, 40.5, 60.0),
    )  # fmt: skip


def test_coco_reads_our_own_labels_of_whole_images() -> None:
    said = {"label": "no_finding", "reader": "R1", "certainty": "CERTAIN"}
    images = [{"id": 1, "file_name": "a.png", "patient": "P1", "image_labels": [said]}]
    _, items = read({"coco.json": json.dumps({**COCO, "images": images, "annotations": []})})
    assert images_in(items)[0].patient == "P1"
    assert [(s.label, s.reader, s.box) for s in statements_in(items)] == [("", "R1", None)]


@pytest.mark.parametrize(
    ("annotation", "code"),
    [
        ({"id": 1, "image_id": 7, "category_id": 9, "bbox": [1, 2, 3, 4]}, "category_unknown"),
        ({"id": 1, "image_id": 7, "category_id": 3, "bbox": [1, 2, 3]}, "box_not_numbers"),
        ({"id": 1, "image_id": 7, "category_id": 3, "bbox": "wide"}, "box_not_numbers"),
        ("no object", "element_invalid"),
    ],
)
def test_a_coco_annotation_that_says_nothing_is_a_problem_of_its_own(annotation, code) -> None:
    _, items = read({"coco.json": json.dumps({**COCO, "annotations": [annotation]})})
    (problem,) = problems_in(items)
    assert (problem.code, problem.place.file, problem.place.row) == (
        code,
        "coco.json#annotations",
        1,
    )


@pytest.mark.parametrize("text", ["", "[]", '{"images": [', '{"categories": [{"id"', "{}"])
def test_a_broken_coco_file_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(TableBroken):
        read({"coco.json": text})


IMAGES_CSV = (
    "image,file_name,width_px,height_px,patient,age_band,sex,view,study_date,split,statements\r\n"
    "Ia,images/Ia.png,100,80,P1,55-59,F,PA,2025-03-01,train,1\r\n"
)
FINDINGS_CSV = (
    "statement_id,image,patient,label,label_name,laterality,certainty,x_min,y_min,x_max,y_max,"
    "reader\r\n"
    "1,Ia,P1,nodule,Nodule,L,POSSIBLE,1.5,2.0,3.0,4.0,R1\r\n"
    "2,Ia,P1,no_finding,No finding,,CERTAIN,,,,,R2\r\n"
    "3,Ia,P1,mass,Mass,,CERTAIN,1,2,wide,4,R1\r\n"
)


def test_the_tables_of_a_release_are_read_back() -> None:
    found, items = read({"r/images.csv": IMAGES_CSV, "r/findings.csv": FINDINGS_CSV})
    assert found is Format.PORTAL
    (image,) = images_in(items)
    assert (image.file_name, image.patient, image.sex, image.view, image.study_date) == (
        "r/images/Ia.png", "P1", "F", "PA", "2025-03-01",
    )  # fmt: skip
    first, second = statements_in(items)
    assert (first.label, first.box, first.certainty, first.laterality, first.reader) == (
        "nodule", (1.5, 2.0, 3.0, 4.0), "POSSIBLE", "L", "R1",
    )  # fmt: skip
    assert (second.label, second.box, second.reader) == ("", None, "R2")
    (problem,) = problems_in(items)
    assert (problem.code, problem.place.row) == ("box_not_numbers", 4)


def test_vinbigdata_knows_readers_and_negatives_and_the_size_of_the_original() -> None:
    train = (
        "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"
        "a1,Cardiomegaly,3,R8,10,20,30,40\n"
        "a1,No finding,14,R9,0,0,1,1\n"
    )
    sizes = "image_id,dim0,dim1\na1,2000,1000\n"
    found, items = read({"train.csv": train, "train_meta.csv": sizes})
    assert found is Format.VINBIGDATA
    assert [(i.key, i.width_px, i.height_px, i.implied) for i in images_in(items)] == [
        ("a1", 1000.0, 2000.0, False), ("a1", None, None, True), ("a1", None, None, True),
    ]  # fmt: skip
    assert [(s.reader, s.label, s.box) for s in statements_in(items)] == [
        ("R8", "Cardiomegaly", (10.0, 20.0, 30.0, 40.0)), ("R9", "", None),
    ]  # fmt: skip


def test_chestxray14_has_two_readers_and_boxes_in_the_published_size() -> None:
    entries = (
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,"
        "View Position\n"
        "00000001_000.png,Cardiomegaly|Effusion,0,1,058Y,M,PA\n"
        "00000002_000.png,No Finding,0,2,411,F,AP\n"
    )
    boxes = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n00000001_000.png,Infiltrate,1,2,3,4,,,\n"
    found, items = read({"Data_Entry_2017.csv": entries, "BBox_List_2017.csv": boxes})
    assert found is Format.CHESTXRAY14
    assert [(i.patient, i.age_years, i.sex, i.view) for i in images_in(items)] == [
        ("1", 58, "M", "PA"), ("2", None, "F", "AP"),
    ]  # fmt: skip
    assert [(s.reader, s.label, s.box, s.frame) for s in statements_in(items)] == [
        ("report labels", "Cardiomegaly", None, None),
        ("report labels", "Effusion", None, None),
        ("report labels", "", None, None),
        ("radiologist boxes", "Infiltration", (1.0, 2.0, 4.0, 6.0), (1024.0, 1024.0)),
    ]
    assert [p.code for p in problems_in(items)] == ["age_impossible"]


YOLO = "path: .\ntrain: train.txt\nval: images/val\nnames:\n  0: Nodule\n  1: Mass\n"


def test_yolo_reads_lists_and_folders_and_polygons() -> None:
    files = {
        "d/data.yaml": YOLO,
        "d/train.txt": "./images/a.png\n",
        "d/images/a.png": "",
        "d/labels/a.txt": "0 0.5 0.5 0.2 0.4\n1 0.1 0.1 0.3 0.1 0.3 0.4\n7 0 0 1 1\n0 a b c d\n",
        "d/images/val/b.jpg": "",
    }
    found, items = read(files, options=Options(reader="ann"))
    assert found is Format.YOLO
    assert [i.key for i in images_in(items)] == ["d/images/a.png", "d/images/val/b.jpg"]
    first, second = statements_in(items)
    assert (first.label, first.frame, first.reader) == ("Nodule", (1.0, 1.0), "ann")
    assert first.box == pytest.approx((0.4, 0.3, 0.6, 0.7))
    assert (second.label, second.box) == ("Mass", (0.1, 0.1, 0.3, 0.4))
    assert [(p.code, p.place.row) for p in problems_in(items)] == [
        ("category_unknown", 3), ("box_not_numbers", 4),
    ]  # fmt: skip


def test_yolo_paths_do_not_leave_the_data_set() -> None:
    with pytest.raises(TableBroken):
        read({"data.yaml": "train: ../../../etc\nnames: [a]\n", "secret.txt": "x"})


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [", "names: 3\ntrain: x\n"])
def test_a_broken_data_yaml_is_refused(text: str) -> None:
    with pytest.raises(TableBroken):
        read({"data.yaml": text, "x/a.png": ""})


def test_what_is_no_data_set_is_refused() -> None:
    with pytest.raises(FormatUnknown):
        read({"notes.csv": "a,b\n1,2\n", "picture.png": "x"})


def test_the_format_asked_for_is_the_one_read() -> None:
    files = {"coco.json": json.dumps(COCO), "images.csv": IMAGES_CSV, "findings.csv": FINDINGS_CSV}
    assert read(files)[0] is Format.PORTAL
    assert read(files, Format.COCO)[0] is Format.COCO
    with pytest.raises(FormatUnknown):
        read(files, Format.YOLO)
