"""metrics.json: written, read again, and refused where it does not fit."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from inference.evaluation.bootstrap import Interval
from inference.evaluation.compare import compare
from inference.evaluation.errors import ReportUnreadable
from inference.evaluation.results import Report, make_report, read_report, write_report
from inference.evaluation.typed_json import from_text, to_text, to_value
from tests.inference.evaluated import many, model


@pytest.fixture(scope="module")
def report() -> Report:
    comparison = compare(("one", "two"), many(), many(seed=2), resamples=20)
    return make_report((model("one"), model("two", seed=2)), (comparison,))


def test_what_is_read_is_what_was_written(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    write_report(report, path)
    again = read_report(path)
    # Numbers are rounded once: from then on nothing changes.
    assert to_text(again) == path.read_text(encoding="utf-8")
    assert again.models[1].name == "two"
    assert again.models[0].evaluation.images == 120
    assert again.comparisons[0].differences[0].name == "auroc/Cardiomegaly"
    assert not list(tmp_path.glob("*.part"))


def test_what_has_no_value_is_null_and_comes_back_as_none_of_a_number(tmp_path: Path) -> None:
    interval = Interval(math.nan, math.inf, 0.123456789, 0, 3)
    table = json.loads(to_text(interval))
    assert table == {"value": None, "low": None, "high": 0.123457, "resamples": 0, "left_out": 3}
    again = from_text(Interval, to_text(interval))
    assert math.isnan(again.value)
    assert again.left_out == 3


def test_a_detector_alone_is_written_and_read(report: Report, tmp_path: Path) -> None:
    one = report.models[0]
    bare = replace(one, evaluation=replace(one.evaluation, findings=None, calibration=None))
    write_report(make_report((bare,)), tmp_path / "metrics.json")
    assert read_report(tmp_path / "metrics.json").models[0].evaluation.findings is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"format": "cxr-portal-evaluation"', '"format": "other"'),
        ('"version": 2', '"version": 3'),
        ('"version": 2', '"version": "2"'),
        ('"images": 120', '"images": 120.5'),
        ('"patients": 60', '"people": 60'),
        ('"threshold": 0.5', '"threshold": "low"'),
        ('"comparisons": [', '"comparisons": 3, "x": ['),
    ],
)
def test_what_does_not_fit_is_refused(
    report: Report, tmp_path: Path, before: str, after: str
) -> None:
    text = to_text(report)
    assert before in text
    (tmp_path / "metrics.json").write_text(text.replace(before, after, 1))
    with pytest.raises(ReportUnreadable):
        read_report(tmp_path / "metrics.json")


def test_no_file_and_no_json_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportUnreadable):
        read_report(tmp_path / "none.json")
    (tmp_path / "metrics.json").write_text("{")
    with pytest.raises(ReportUnreadable):
        read_report(tmp_path / "metrics.json")


def test_what_has_no_place_in_a_report_is_a_mistake_of_ours() -> None:
    @dataclass(frozen=True)
    class Odd:
        value: object

    with pytest.raises(TypeError):
        to_value(Odd(object()))
