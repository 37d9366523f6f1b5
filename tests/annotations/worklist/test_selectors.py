"""Words and numbers of the worklist, by hand-worked values."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.worklist import selectors
from annotations.worklist.query import Tab, WorklistQuery
from annotations.worklist.selectors import Analysis, analysis_of, duration, in_words, standing
from cxrportal.accounts.models import Department, User
from tests.support.cases import make_case, make_image, make_patient, make_run


@pytest.mark.parametrize(
    ("ingest", "analysis", "words"),
    [
        ("FAILED", "", "not readable"),
        ("WAITING", "", "waiting"),
        ("RUNNING", "", "waiting"),
        ("DONE", "", "waiting"),
        ("DONE", "WAITING", "waiting"),
        ("DONE", "RUNNING", "running"),
        ("DONE", "DONE", "done"),
        ("DONE", "FAILED", "failed"),
    ],
)
def test_how_far_one_image_got(ingest: str, analysis: str, words: str) -> None:
    assert standing(ingest, analysis) == words


def test_the_worst_image_of_a_case_is_named_first() -> None:
    assert analysis_of([]) == Analysis("No image")
    assert analysis_of(["done"]) == Analysis("Done", "ok")
    assert analysis_of(["running"]) == Analysis("Running", "accent")
    assert analysis_of(["done", "failed", "done"]) == Analysis("1 failed, 2 done", "danger")
    assert analysis_of(["done", "waiting"]) == Analysis("1 waiting, 1 done", "")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(hours=48), "2 d"),
    ],
)
def test_the_age_of_a_case_in_words(span: timedelta, words: str) -> None:
    assert duration(span) == words


def test_numbers_are_capped() -> None:
    assert [in_words(n) for n in (0, 9_999, 10_000, 10_001)] == ["0", "9,999", "10,000", "10,000+"]


def test_no_more_rows_are_counted_than_one_past_the_cap(
    clinician: User, department: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "COUNTED_UP_TO", 2)
    for _ in range(4):
        make_case(department, status="PROPOSED")
    number = selectors.counts(clinician, WorklistQuery())
    assert (number[Tab.READY], number[Tab.SIGNED], number[Tab.ALL]) == ("2+", "0", "2+")


def test_the_newest_run_of_an_image_speaks(clinician: User, department: Department) -> None:
    image = make_image(make_case(department), thumbnail_key="thumbnails/1")
    old = make_run(image, state="FAILED").model_version
    old.stage = "retired"
    old.save()
    make_run(image)
    row = selectors.worklist_page(clinician, WorklistQuery()).rows[0]
    assert row.analysis == Analysis("Done", "ok")
    assert row.thumbnail_url == f"/api/v1/images/{image.pk}/thumbnail/"
    assert row.age_years == 66


def test_a_file_name_stands_in_only_where_nothing_tells_whose_it_is(
    clinician: User, department: Department
) -> None:
    nobody = make_patient(department, name="", mrn="", confirmed=False)
    unknown = make_case(department, nobody)
    make_image(unknown, original_name="scan 7.png")
    known = make_case(department)
    make_image(known, original_name="Smith.png")
    shown = {row.case: row.file_name for row in selectors.rows_of([unknown, known])}
    assert shown == {unknown: "scan 7.png", known: ""}
