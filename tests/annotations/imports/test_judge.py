"""What is taken from the rows of one image, with boxes worked out by hand."""

from __future__ import annotations

import pytest

from annotations.imports.judge import Judge, Judged, Read, Stated
from annotations.imports.types import DatasetImage, DatasetStatement, Options, Place

CODES = {"Nodule": "nodule", "Mass": "mass"}
PLACE = Place("t.csv", 1)


def judge(*statements: DatasetStatement, size=(100, 80), frame=None, normal=False) -> Judged:
    width, height = frame or (None, None)
    image = DatasetImage("a", "a.png", PLACE, width_px=width, height_px=height)
    options = Options(reader="ann", empty_is_normal=normal)
    return Judge(lambda label: CODES.get(label, ""), options).judge(image, statements, size)


def said(label: str, box=None, reader="R", row=1, **more) -> DatasetStatement:
    return DatasetStatement("a", reader, label, Place("t.csv", row), box, **more)


def box_of(judged: Judged):
    return judged.reads[0].findings[0].box_xyxy


def test_a_box_in_the_pixels_of_the_image_stays_as_it_is() -> None:
    judged = judge(said("Nodule", (1.0, 2.0, 3.5, 4.0)))
    assert judged.reads == (Read("R", (Stated("nodule", (1.0, 2.0, 3.5, 4.0), "CERTAIN", ""),)),)
    assert judged.problems == ()


def test_a_box_of_a_larger_original_is_scaled() -> None:
    assert box_of(judge(said("Nodule", (10, 20, 30, 40)), frame=(200.0, 160.0))) == (5, 10, 15, 20)


def test_shares_become_pixels() -> None:
    statement = said("Nodule", (0.1, 0.25, 0.5, 1.0), frame=(1.0, 1.0))
    assert box_of(judge(statement)) == (10, 20, 50, 80)


def test_half_a_pixel_over_the_edge_is_rounding() -> None:
    assert box_of(judge(said("Nodule", (-0.5, 0, 100.5, 80)))) == (0, 0, 100, 80)


@pytest.mark.parametrize(
    ("statement", "frame", "code"),
    [
        (said("Nodule", (90, 10, 110, 20)), None, "box_outside_image"),
        (said("Nodule", (-5, 10, 10, 20)), None, "box_outside_image"),
        (said("Nodule", (10, 10, 10, 20)), None, "box_empty"),
        (said("Nodule", (100, 10, 100.5, 20)), None, "box_empty"),
        (said("Nodule", (float("nan"), 1, 2, 3)), None, "box_not_numbers"),
        (said("Nodule", (float("inf"), 1, 2, 3)), None, "box_not_numbers"),
        (said("Nodule", (1, 2, 3, 4)), (100.0, 100.0), "size_differs"),
        (said("Alien", (1, 2, 3, 4)), None, "label_unknown"),
        (said("Nodule", certainty="SURE"), None, "code_unknown"),
        (said("Nodule", laterality="X"), None, "code_unknown"),
    ],
)
def test_what_cannot_be_taken_has_its_code_and_no_read(statement, frame, code) -> None:
    judged = judge(statement, frame=frame)
    assert [problem.code for problem in judged.problems] == [code]
    assert judged.reads == ()


def test_an_unknown_label_is_counted_as_it_is_spelled() -> None:
    assert judge(said("Alien"), said("Alien", row=2)).unknown_labels == ("Alien", "Alien")


def test_the_same_row_twice_counts_once() -> None:
    judged = judge(said("Nodule", (1, 2, 3, 4)), said("Nodule", (1, 2, 3, 4), row=2))
    assert len(judged.reads[0].findings) == 1
    assert [(p.code, p.place.row) for p in judged.problems] == [("row_repeated", 2)]


def test_a_reader_who_states_nothing_found_has_a_read_without_findings() -> None:
    judged = judge(said(""), said("Mass", reader="S"))
    assert {(read.reader, read.no_finding) for read in judged.reads} == {("R", True), ("S", False)}


def test_a_reader_who_states_both_has_findings_and_a_problem() -> None:
    judged = judge(said("Mass"), said("", row=2))
    assert [read.no_finding for read in judged.reads] == [False]
    assert [(p.code, p.place.row) for p in judged.problems] == [("contradiction", 2)]


def test_a_reader_whose_only_finding_is_unknown_has_not_called_the_image_normal() -> None:
    assert judge(said("Alien"), said("", row=2)).reads == ()


def test_an_image_without_rows_is_normal_only_where_that_is_asked_for() -> None:
    assert judge().reads == ()
    assert judge(normal=True).reads == (Read("ann", ()),)


def test_without_the_image_boxes_are_held_against_the_size_that_is_stated() -> None:
    inside = said("Nodule", (10, 10, 20, 20))
    outside = said("Nodule", (10, 10, 250, 20), row=2)
    judged = judge(inside, outside, size=None, frame=(200.0, 160.0))
    assert [p.code for p in judged.problems] == ["box_outside_image"]
    assert box_of(judged) == (10, 10, 20, 20)
