"""Which group an image belongs to."""

from __future__ import annotations

import pytest

from inference.evaluation.attributes import UNKNOWN, Group, age_band, all_groups, groups_of
from inference.training.records import Record


def record(age: float | None = None, sex: str = "", view: str = "") -> Record:
    return Record("i.png", "p", frozenset(), frozenset(), (), age_years=age, sex=sex, view=view)


@pytest.mark.parametrize(
    ("years", "band"),
    [
        (0.0, "under 18"),
        (17.9, "under 18"),
        (18.0, "18 to 39"),
        (40.0, "40 to 59"),
        (79.0, "60 to 79"),
        (80.0, "80 and over"),
        (120.0, "80 and over"),
        (121.0, UNKNOWN),
        (414.0, UNKNOWN),
        (-1.0, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_ages_fall_into_bands_and_impossible_ones_into_none(years: float | None, band: str) -> None:
    assert age_band(years) == band


def test_words_of_several_sources_mean_the_same() -> None:
    assert groups_of(record(30, "F", "PA")) == groups_of(record(30, " female ", "pa"))
    assert [group.name for group in groups_of(record())] == [UNKNOWN] * 3


def test_groups_come_in_order() -> None:
    records = (record(81, "M"), record(3, "F"), record(50, "F", "AP"))
    assert all_groups(records) == (
        Group("sex", "female"),
        Group("sex", "male"),
        Group("age", "under 18"),
        Group("age", "40 to 59"),
        Group("age", "80 and over"),
        Group("view", "AP"),
        Group("view", UNKNOWN),
    )
