"""A report's content is frozen, checked, and has one JSON text."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cases.reports.codec import canonical_json, sha256_of
from cases.reports.content import (
    NOT_FOR_DIAGNOSIS,
    Decision,
    ModelBlock,
    ProposalCounts,
    ReportBox,
    ReportContent,
    ReportFinding,
    ReportImage,
    ReportMeasurement,
    ReportPriorMark,
)
from cases.reports.errors import ReportContentInvalid
from tests.cases.reports.samples import BOXED, SIGNED_AT, WHOLE, make_content


def test_json_round_trip_gives_the_same_content_and_the_same_text() -> None:
    content = make_content(
        version=2, supersedes=1, amendment_reason="Side corrected", synthetic=True
    )
    again = ReportContent.from_json(content.to_json())
    assert again == content
    assert again.to_json() == content.to_json()


def test_a_json_column_may_reorder_keys_without_changing_the_hash() -> None:
    content = make_content()
    stored = json.loads(content.to_json())
    reordered = dict(reversed(stored.items()))
    assert ReportContent.from_json(reordered).content_sha256 == content.content_sha256
    assert sha256_of(reordered) == content.content_sha256


def test_canonical_json_is_sorted_dense_and_ascii() -> None:
    assert canonical_json({"b": [1, True], "a": "ă"}) == '{"a":"\\u0103","b":[1,true]}'


def test_the_hash_is_that_of_the_text() -> None:
    # printf '{"a":1}' | sha256sum
    assert sha256_of({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


def test_whole_numbers_and_floats_in_a_box_give_one_text() -> None:
    assert canonical_json(ReportBox(1, 2, 3, 4)) == canonical_json(ReportBox(1.0, 2.0, 3.0, 4.0))


def test_every_stated_word_changes_the_hash() -> None:
    content = make_content()
    others = [
        replace(content, notes="Heart large."),
        replace(content, findings=(BOXED,)),
        replace(content, findings=(replace(BOXED, model_score=0.876), WHOLE)),
        replace(content, synthetic=True),
        replace(content, signed_at=SIGNED_AT + timedelta(seconds=1)),
    ]
    assert len({content.content_sha256, *(other.content_sha256 for other in others)}) == 6


def test_the_offset_on_the_signers_clock_survives() -> None:
    hanoi = timezone(timedelta(hours=7))
    content = make_content(signed_at=datetime(2026, 1, 5, 21, 3, 22, tzinfo=hanoi))
    assert json.loads(content.to_json())["signed_at"] == "2026-01-05T21:03:22+07:00"
    signed_at = ReportContent.from_json(content.to_json()).signed_at
    assert signed_at is not None
    assert signed_at.utcoffset() == timedelta(hours=7)


def test_content_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        make_content().notes = "other"  # type: ignore[misc]


def test_a_draft_has_no_time_of_signing() -> None:
    assert make_content(signed_at=None).is_draft
    assert not make_content().is_draft


def test_the_model_block_carries_the_warning_by_itself() -> None:
    assert ModelBlock("m").statement == NOT_FOR_DIAGNOSIS


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"signed_at": datetime(2026, 1, 5)}, id="time without zone"),
        pytest.param({"version": 2}, id="later version that replaces nothing"),
        pytest.param({"version": 2, "supersedes": 2}, id="version that replaces itself"),
        pytest.param({"version": 0}, id="version nought"),
        pytest.param({"no_finding": True}, id="no finding and yet findings"),
        pytest.param({"findings": (BOXED, replace(WHOLE, number=1))}, id="one number twice"),
        pytest.param({"findings": (replace(BOXED, image_id="x"),)}, id="image not in the report"),
        pytest.param(
            {"images": (ReportImage("pa", "A", 9, 9), ReportImage("pa", "B", 9, 9))},
            id="image twice",
        ),
        pytest.param({"format": 4}, id="format of a later program"),
        pytest.param({"format": 1, "technique": "PA"}, id="older format, newer section"),
        pytest.param(
            {"measurements": (ReportMeasurement("x", "angle", "Angle", 9, "°", "9.0°"),)},
            id="measured on an image that is not there",
        ),
    ],
)
def test_a_contradiction_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ReportContentInvalid) as caught:
        make_content(**changes)
    assert caught.value.code == "report_content_invalid"


@pytest.mark.parametrize(
    "sides", [(5, 0, 5, 9), (6, 0, 5, 9), (0, 9, 5, 9), (float("nan"), 0, 1, 1), (0, 0, 1, 1e999)]
)
def test_an_empty_reversed_or_endless_box_is_refused(sides: tuple[float, ...]) -> None:
    with pytest.raises(ReportContentInvalid):
        ReportBox(*sides)


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(ReportContentInvalid):
        replace(BOXED, model_score=1.01)
    with pytest.raises(ReportContentInvalid):
        ProposalCounts(rejected=-1)
    with pytest.raises(ReportContentInvalid):
        ReportImage("pa", "PA", 0, 10)
    with pytest.raises(ReportContentInvalid):
        ModelBlock()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("notes",), 3),
        (("version",), "1"),
        (("version",), True),
        (("signed_at",), "yesterday"),
        (("patient", "sex"), "X"),
        (("patient", "birth_date"), "02/03/1957"),
        (("patient", "shoe_size"), 43),
        (("findings",), {}),
        (("images", 0, "rows"), 2.5),
    ],
)
def test_stored_json_of_another_shape_is_refused(
    path: tuple[str | int, ...], value: object
) -> None:
    stored = json.loads(make_content().to_json())
    place = stored
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ReportContentInvalid) as caught:
        ReportContent.from_json(stored)
    assert str(path[-1]) in caught.value.message


def test_missing_parts_and_broken_json_are_refused() -> None:
    with pytest.raises(ReportContentInvalid):
        ReportContent.from_json("{")
    with pytest.raises(ReportContentInvalid, match="missing keys"):
        ReportContent.from_json("{}")
    with pytest.raises(ReportContentInvalid, match="an object was expected"):
        ReportContent.from_json("[]")


def test_content_written_before_a_field_existed_stays_readable() -> None:
    stored = json.loads(make_content().to_json())
    del stored["no_finding"]
    assert ReportContent.from_json(stored) == make_content()


def test_a_database_decision_is_a_report_decision() -> None:
    finding = ReportFinding(1, "pa", "Mass", "", Decision("CORRECTED"))
    assert finding.decision is Decision.CORRECTED
    assert make_content(signed_at=datetime(2026, 1, 1, tzinfo=UTC)).version == 1


def test_content_of_the_first_format_keeps_its_json_and_its_hash() -> None:
    later = {"address", "logo_sha256", "technique", "findings_text", "recommendation"}
    later |= {"measurements", "priors"}
    written = json.loads(make_content(format=1).to_json())
    assert not later & set(written)
    assert written["format"] == 1
    again = ReportContent.from_json(written)
    assert again.content_sha256 == sha256_of(written)
    assert (again.technique, again.measurements) == ("", ())


def test_content_of_the_second_format_has_measurements_without_points_and_the_same_hash() -> None:
    bare = ReportMeasurement("pa", "length", "Length", 40, "px", "40 px")
    written = json.loads(make_content(format=2, measurements=(bare,)).to_json())
    assert set(written["measurements"][0]) == {"image_id", "kind", "name", "value", "unit", "text"}
    again = ReportContent.from_json(written)
    assert again.content_sha256 == sha256_of(written)
    assert again.measurements[0].points == ()
    with pytest.raises(ReportContentInvalid):
        make_content(format=2, measurements=(replace(bare, points=(1, 2)),))
    with pytest.raises(ReportContentInvalid):
        replace(bare, points=(1, 2, 3))


def test_measurements_and_prior_marks_survive_the_round_trip() -> None:
    content = make_content(
        technique="PA, erect.",
        findings_text="Left pleural effusion.",
        recommendation="Follow-up.",
        measurements=(ReportMeasurement("pa", "ctr", "Ratio", 0.5249, "", "0.52", (1, 2)),),
        priors=(ReportPriorMark("Nodule", "Stable", study_date=SIGNED_AT.date()),),
    )
    assert ReportContent.from_json(content.to_json()) == content
    assert content.content_sha256 != make_content().content_sha256
