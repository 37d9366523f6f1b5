"""The report's words: side by side, differences, warnings."""

from __future__ import annotations

import math
from dataclasses import replace

from inference.evaluation.bootstrap import Interval
from inference.evaluation.compare import compare
from inference.evaluation.document import to_markdown
from inference.evaluation.report import full_report, leak_warnings
from inference.evaluation.results import make_report
from inference.evaluation.words import number, share, signed, threshold, with_interval
from tests.inference.evaluated import many, model


def test_numbers_as_people_read_them() -> None:
    assert number(0.12345) == "0.123"
    assert number(math.nan) == "none"
    assert with_interval(Interval(0.744, 0.71, 0.774, 1000)) == "0.744 (0.71 to 0.77)"
    assert with_interval(Interval(0.744, 0.71, 0.774, 990, 10)) == "0.744 (0.71 to 0.77)*"
    assert with_interval(Interval(math.nan, math.nan, math.nan, 0, 1000)) == "none"
    assert with_interval(Interval(0.5, math.nan, math.nan, 0, 1000)) == "0.500"
    assert signed(Interval(0.05, -0.01, 0.11, 9)) == "+0.050 (-0.010 to +0.110)"
    assert signed(Interval(0.05, math.nan, math.nan, 0)) == "none"
    assert (threshold(1.0), threshold(0.456)) == ("never", "0.46")
    assert (share(177, 239), share(0, 0)) == ("177 of 239 (74 %)", "none")


def test_several_models_stand_side_by_side_before_their_own_sections() -> None:
    comparison = compare(("one", "two"), many(), many(seed=2), resamples=20)
    report = make_report((model("one"), model("two", seed=2)), (comparison,))
    text = to_markdown(full_report(report))
    places = [
        text.index(part)
        for part in (
            *("# Evaluation", "## Side by side", "| one 1.0 (abababab) |", "### two minus one"),
            *("| macro_auroc |", "## one 1.0", "## two 1.0"),
        )
    ]
    assert places == sorted(places)
    assert text.count("### Findings on whole images") == 2


def test_one_model_is_not_set_beside_itself() -> None:
    text = to_markdown(full_report(make_report((model(),))))
    assert "Side by side" not in text
    assert "minus" not in text


def test_a_model_that_has_seen_the_patients_is_named() -> None:
    clean, seen, unknown = (
        model(name, trained_on=n) for name, n in zip("abc", (0, 7, -1), strict=True)
    )
    assert leak_warnings((clean,)) == []
    text = to_markdown(leak_warnings((clean, seen, unknown)))
    assert "b 1.0 (abababab): 7 of the patients are training patients" in text
    assert "c 1.0 (abababab): which patients it was trained on is not known" in text
    assert "a 1.0" not in text


def test_groups_are_given_by_finding_with_n() -> None:
    text = to_markdown(full_report(make_report((model(),))))
    header = "| AUROC | sex: female | sex: male | age: under 18 |"
    assert header in text
    assert "| AP40 | sex: female |" in text
    assert "n = 20" in text


def test_a_classifier_beside_a_multi_task_model_leaves_empty_cells() -> None:
    one, two = model("one"), model("two")
    bare = replace(two, evaluation=replace(two.evaluation, boxes=None, subgroups=()))
    text = to_markdown(full_report(make_report((one, bare))))
    row = next(line for line in text.splitlines() if line.startswith("| two 1.0"))
    assert row.endswith("|  |  |")
