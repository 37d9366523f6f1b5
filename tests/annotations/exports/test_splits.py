"""Splits by patient, near-duplicates between them, and what the datasheet says."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from annotations.exports.datasheet import Census, DatasheetFacts, write_datasheet
from annotations.exports.duplicates import NearDuplicates, fingerprint_of
from annotations.exports.errors import ExportInvalid
from annotations.exports.splits import SplitRule, split_patients
from annotations.exports.types import ExportRecord, Sex, Split
from tests.annotations.exports.records import CATEGORIES, image, says, three_images


def patients(count: int) -> list[tuple[str, tuple[str, ...]]]:
    return [(f"p{n}", ("mass",) if n % 4 == 0 else ()) for n in range(count)]


def test_shares_hold_in_every_finding() -> None:
    parts = split_patients(patients(400), SplitRule(0.15, 0.15))
    for of_group in (lambda n: n % 4 == 0, lambda n: n % 4 != 0):
        group = [parts[f"p{n}"] for n in range(400) if of_group(n)]
        for split, share in ((Split.TEST, 0.15), (Split.VAL, 0.15), (Split.TRAIN, 0.7)):
            assert group.count(split) == pytest.approx(share * len(group), abs=1)


def test_the_same_seed_gives_the_same_split_in_any_order_and_another_does_not() -> None:
    rule = SplitRule(seed=3)
    assert split_patients(patients(50), rule) == split_patients(patients(50)[::-1], rule)
    assert split_patients(patients(50), rule) != split_patients(patients(50), SplitRule(seed=4))


def test_a_patient_with_many_images_is_in_one_part() -> None:
    images = [("p1", ("mass",)), ("p1", ()), ("p1", ("nodule",)), ("p2", ())]
    assert set(split_patients(images, SplitRule())) == {"p1", "p2"}


@pytest.mark.parametrize("shares", [(0.5, 0.5), (-0.1, 0.2), (1.0, 0.0), (float("nan"), 0.1)])
def test_shares_that_leave_nobody_to_train_are_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(ExportInvalid):
        SplitRule(*shares)


def png(seed: int, change: int = 0) -> bytes:
    grey = np.random.default_rng(seed).integers(0, 200, (64, 64)).astype(np.uint8)
    grey = cv2.resize(grey, (256, 256), interpolation=cv2.INTER_CUBIC)
    return bytes(cv2.imencode(".png", grey + np.uint8(change))[1])


def test_nearly_the_same_picture_in_two_splits_is_reported() -> None:
    near = NearDuplicates()
    near.add("a", Split.TRAIN, fingerprint_of(png(1)))
    near.add("b", Split.TEST, fingerprint_of(png(1, change=3)))
    near.add("c", Split.TRAIN, fingerprint_of(png(1)))
    near.add("d", Split.TEST, fingerprint_of(png(2)))
    count, pairs = near.pairs()
    assert count == 2
    assert {(pair.first, pair.second) for pair in pairs} == {("a", "b"), ("b", "c")}


def test_no_pictures_have_no_duplicates() -> None:
    assert NearDuplicates().pairs() == (0, ())


FACTS = DatasheetFacts(
    "chest@1", "2025-06-01", {"burned_in_text": 2}, {"vindr14": {"hernia": 4}}, 1
)


def test_the_datasheet_counts_images_and_names_what_is_missing(tmp_path: Path) -> None:
    census = Census(CATEGORIES)
    for record in three_images():
        census.add(record)
    census.add(ExportRecord(image("i4", sex=Sex.FEMALE, age_band="90+"), (says("mass", "i4"),)))
    write_datasheet(census, FACTS, tmp_path)
    text = (tmp_path / "datasheet.md").read_text()
    assert "4 de-identified chest radiographs of 4 patients" in text
    assert "| Mass | 2 |" in text
    assert "| No finding | 1 |" in text
    assert "25.0% of the images are without any finding" in text
    assert "Mass (2)" in text
    assert "Sex: no image of M." in text
    assert "nobody of 90" not in text
    assert "One reader read everything" in text
    assert "2 burned_in_text" in text
    assert "vindr14 cannot say: hernia (4)" in text
    assert "nearly the same picture in two splits: 1" in text


def test_the_page_of_the_datasheet_has_no_script_and_escapes_names(tmp_path: Path) -> None:
    facts = DatasheetFacts("<b>x</b>", "2025-06-01", {}, {}, 0)
    write_datasheet(Census(CATEGORIES), facts, tmp_path)
    page = (tmp_path / "datasheet.html").read_text()
    assert "<b>x</b>" not in page
    assert "<script" not in page
    assert page.count("<h2>") == 9
