"""What cannot be told truly is refused before a byte of it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotations.exports.errors import BoxOutsideImage, ExportInvalid
from annotations.exports.tables import write_tables
from annotations.exports.types import NO_FINDING, Category, ExportRecord, check_record
from tests.annotations.exports.records import (
    CATEGORIES,
    INFO,
    image,
    says,
    three_images,
    write,
)

CODES = frozenset(category.code for category in CATEGORIES)


@pytest.mark.parametrize(
    "box",
    [
        (5.0, 5.0, 5.0, 9.0),
        (9.0, 5.0, 5.0, 9.0),
        (-1.0, 0.0, 5.0, 9.0),
        (0.0, 0.0, 40.01, 9.0),
        (0.0, 0.0, 9.0, 30.01),
        (float("nan"), 0.0, 9.0, 9.0),
    ],
)
def test_a_box_that_is_empty_or_leaves_the_image_is_refused(
    box: tuple[float, float, float, float],
) -> None:
    with pytest.raises(BoxOutsideImage) as refused:
        check_record(ExportRecord(image(), (says("mass", box_xyxy=box),)), CODES)
    assert refused.value.code == "box_outside_image"


def test_an_image_that_nobody_read_is_no_negative() -> None:
    with pytest.raises(ExportInvalid, match="Nobody has read"):
        check_record(ExportRecord(image(), ()), CODES)


def test_a_reader_cannot_find_something_and_nothing() -> None:
    both = (says("mass"), says(NO_FINDING))
    with pytest.raises(ExportInvalid, match="both"):
        check_record(ExportRecord(image(), both), CODES)
    two_readers = (says("mass"), says(NO_FINDING, reader_key="r2"))
    check_record(ExportRecord(image(), two_readers), CODES)


def test_nothing_has_no_place() -> None:
    nowhere = says(NO_FINDING, box_xyxy=(1.0, 1.0, 2.0, 2.0))
    with pytest.raises(ExportInvalid, match="no box"):
        check_record(ExportRecord(image(), (nowhere,)), CODES)


def test_strange_labels_and_strange_images_are_refused() -> None:
    with pytest.raises(ExportInvalid, match="vocabulary"):
        check_record(ExportRecord(image(), (says("Smith"),)), CODES)
    with pytest.raises(ExportInvalid, match="another image"):
        check_record(ExportRecord(image(), (says("mass", "i2"),)), CODES)
    with pytest.raises(ExportInvalid, match="no pixels"):
        check_record(ExportRecord(image(width_px=0), (says("mass"),)), CODES)


def test_an_image_comes_once(tmp_path: Path) -> None:
    records = three_images()
    with pytest.raises(ExportInvalid, match="twice"):
        write(tmp_path, (*records, records[0]))


@pytest.mark.parametrize(
    "categories",
    [(), (Category("a", "A"), Category("a", "B")), (Category(NO_FINDING, "No finding"),)],
)
def test_a_vocabulary_names_each_code_once(
    tmp_path: Path, categories: tuple[Category, ...]
) -> None:
    with pytest.raises(ExportInvalid, match="vocabulary"):
        write_tables((), tmp_path, categories=categories, info=INFO)


def test_counts_are_those_of_the_statements(tmp_path: Path) -> None:
    counts = write(tmp_path)
    assert (counts.images, counts.patients, counts.negatives) == (3, 3, 1)
    assert (counts.statements, counts.boxes) == (4, 2)
    assert counts.by_label == (("effusion", 1), ("mass", 1), (NO_FINDING, 1), ("nodule", 1))
