"""Boxes lie on paper where they lie on the radiograph."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from cases.reports.content import ReportBox, ReportImage
from cases.reports.errors import ReportImageInvalid
from cases.reports.pdf import render_pdf
from cases.reports.pictures import (
    LONG_SIDE_PX,
    Rect,
    fit,
    in_rows,
    marks_on,
    place,
    printable,
    printable_images,
    tag_place,
)
from tests.cases.reports.samples import (
    BOXED,
    WHOLE,
    drawn_on,
    make_content,
    make_pictures,
    pages_of,
)

IMAGE = ReportImage("pa", "PA view", rows=200, columns=100)
FRAME = Rect(0, 0, 100, 100)


def test_a_picture_keeps_its_proportions() -> None:
    assert fit(IMAGE, 300, 100) == (50, 100)
    assert fit(IMAGE, 30, 100) == (30, 60)


def test_a_box_is_turned_from_image_rows_to_page_height() -> None:
    # Half size: x 10..30 is 5..15; y 20..60 from the top is 10..30, so 70..90 from below.
    assert place(ReportBox(10, 20, 30, 60), IMAGE, 50, 100) == Rect(5, 70, 10, 20)


def test_a_box_is_cut_at_the_edges_of_the_image() -> None:
    assert place(ReportBox(-10, 150, 50, 999), IMAGE, 100, 200) == Rect(0, 0, 50, 50)


@pytest.mark.parametrize("box", [ReportBox(100, 0, 120, 10), ReportBox(0, -20, 10, -1)])
def test_a_box_outside_the_image_is_not_drawn(box: ReportBox) -> None:
    assert place(box, IMAGE, 50, 100) is None


def test_a_number_stands_on_the_upper_left_corner_of_its_box() -> None:
    assert tag_place(Rect(20, 20, 40, 40), (10, 9), [], FRAME) == Rect(20, 60, 10, 9)


def test_a_number_stays_inside_the_picture() -> None:
    assert tag_place(Rect(96, 60, 4, 40), (10, 9), [], FRAME) == Rect(90, 91, 10, 9)


def test_numbers_of_boxes_that_lie_on_each_other_do_not_cover_each_other() -> None:
    taken: list[Rect] = []
    for _ in range(8):
        taken.append(tag_place(Rect(20, 20, 40, 40), (10, 9), taken, FRAME))
    overlaps = [a.overlap(b) for n, a in enumerate(taken) for b in taken[:n]]
    assert max(overlaps) == 0


def test_overlap_is_the_shared_area() -> None:
    assert Rect(0, 0, 10, 10).overlap(Rect(6, 7, 10, 10)) == 12
    assert Rect(0, 0, 10, 10).overlap(Rect(10, 0, 5, 5)) == 0


def test_the_embedded_picture_is_the_given_one() -> None:
    pixels = np.arange(200 * 100, dtype=np.uint8).reshape(200, 100)
    assert np.array_equal(np.asarray(printable(pixels, IMAGE)._image), pixels)


def test_a_large_picture_is_embedded_smaller_and_as_grey_as_it_was() -> None:
    picture = printable(np.full((3000, 1500), 77, np.uint8), IMAGE)
    assert picture.getSize() == (LONG_SIDE_PX // 2, LONG_SIDE_PX)
    assert np.asarray(picture._image).min() == np.asarray(picture._image).max() == 77


def test_a_reduced_picture_of_rounded_size_is_taken() -> None:
    original = ReportImage("pa", "PA", rows=3001, columns=2501)
    assert printable(np.zeros((600, 500), np.uint8), original).getSize() == (500, 600)


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(np.zeros((200, 100), np.float32), id="not 8 bit"),
        pytest.param(np.zeros((200, 100, 3), np.uint8), id="colour"),
        pytest.param(np.zeros((0, 100), np.uint8), id="empty"),
        pytest.param(np.zeros((100, 200), np.uint8), id="turned"),
        pytest.param(np.zeros((200, 104), np.uint8), id="other proportions"),
    ],
)
def test_a_picture_that_does_not_fit_the_content_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ReportImageInvalid) as caught:
        printable(pixels, IMAGE)
    assert caught.value.code == "report_image_invalid"


def test_a_missing_picture_is_refused() -> None:
    with pytest.raises(ReportImageInvalid, match="pa"):
        printable_images(make_content(), {})


def test_only_findings_with_a_box_on_this_image_are_marked() -> None:
    content = make_content()
    assert [mark.number for mark in marks_on(content, content.images[0])] == [1]


def test_tiles_stand_two_a_row() -> None:
    assert in_rows([]) == []
    assert [len(row) for row in in_rows([object()] * 5)] == [2, 2, 1]


def test_the_page_shows_the_box_on_the_marked_picture_only() -> None:
    page = pages_of(render_pdf(make_content(findings=(BOXED, WHOLE)), make_pictures()))[0]
    (marked, plain), rectangles = drawn_on(page)
    assert marked.height == pytest.approx(plain.height)
    assert marked.x + marked.width < plain.x
    # The box is x 40..120 of 160, y 50..150 of 200: a quarter in from the left, a half wide.
    boxes = [r for r in rectangles if r.width == pytest.approx(marked.width / 2, abs=0.01)]
    assert boxes
    for box in boxes:
        assert box.height == pytest.approx(marked.height / 2, abs=0.01)
        assert box.x == pytest.approx(marked.x + marked.width / 4, abs=0.01)
        assert box.y == pytest.approx(marked.y + marked.height / 4, abs=0.01)


def test_both_pictures_share_one_embedded_image_of_the_right_grey_values() -> None:
    pictures = make_pictures()
    (embedded,) = pages_of(render_pdf(make_content(), pictures))[0].images
    assert np.array_equal(
        np.asarray(Image.open(io.BytesIO(embedded.data)).convert("L")), pictures["pa"]
    )
