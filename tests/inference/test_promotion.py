"""The verdicts of the gate on collected outputs made by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.paired import (
    ALL_FINDINGS,
    AS_GOOD,
    EVERYBODY,
    FEW,
    INFERIOR,
    Rule,
    cases_of,
)
from inference.evaluation.promotion import judge_promotion, lost_proposals
from tests.inference.evaluated import many

RULE = Rule(resamples=200)


def test_a_model_is_as_good_as_itself() -> None:
    same = many()
    outcome = judge_promotion(same, same, RULE)
    assert outcome.passed
    assert outcome.reasons == ()
    assert (outcome.images, outcome.patients) == (120, 60)
    shown = [test for test in outcome.tests if test.verdict != FEW]
    assert {test.verdict for test in shown} == {AS_GOOD}
    assert all(test.difference == 0.0 for test in shown)
    groups = {test.group for test in outcome.tests}
    assert {EVERYBODY, "sex: female", "sex: male", "view: AP", "age: 18 to 39"} <= groups


def test_a_much_worse_candidate_is_refused_with_each_reason() -> None:
    good, bad = many(skill=4.0), many(skill=4.0)
    bad = replace(bad, scores=1.0 - bad.scores)
    outcome = judge_promotion(good, bad, RULE)
    assert not outcome.passed
    found = {(t.measure, t.finding, t.group): t for t in outcome.tests}
    assert found["auroc", "Edema", EVERYBODY].verdict == INFERIOR
    assert found["auroc", ALL_FINDINGS, "sex: female"].verdict == INFERIOR
    assert found["ap40", "Mass", EVERYBODY].verdict == AS_GOOD  # the boxes are the same
    assert any(r.startswith("AUROC of Edema (all) is inferior: -0.") for r in outcome.reasons)


def test_one_finding_alone_that_is_worse_refuses() -> None:
    good, bad = many(300, skill=3.0), many(300, skill=3.0)
    scores = bad.scores.copy()
    scores[:, 2] = 1.0 - scores[:, 2]
    outcome = judge_promotion(good, replace(bad, scores=scores), RULE)
    inferior = {(t.measure, t.finding) for t in outcome.tests if t.verdict == INFERIOR}
    assert ("auroc", "Edema") in inferior
    assert ("auroc", "Mass") not in inferior


def test_a_finding_that_is_worse_in_one_subgroup_alone_refuses() -> None:
    good = many(300, skill=3.0)
    scores = good.scores.copy()
    women = [row for row, record in enumerate(good.records) if record.sex == "F"]
    scores[women, 2] = 1.0 - scores[women, 2]
    outcome = judge_promotion(good, replace(good, scores=scores), RULE)
    found = {(t.measure, t.finding, t.group): t for t in outcome.tests}
    women_edema = found["auroc", "Edema", "sex: female"]
    # scores turned round: every pair that was in order is not, and the other way about
    assert women_edema.candidate == pytest.approx(1.0 - women_edema.active)
    assert women_edema.verdict == INFERIOR
    assert any(r.startswith("AUROC of Edema (sex: female) is inf") for r in outcome.reasons)
    assert found["auroc", "Edema", "sex: male"].difference == 0.0
    assert found["auroc", "Edema", "sex: male"].verdict == AS_GOOD
    assert found["auroc", "Mass", "sex: female"].verdict == AS_GOOD


def test_a_subgroup_lists_findings_with_enough_cases_alone_and_holm_counts_them() -> None:
    same = many(300, skill=3.0)
    outcome = judge_promotion(same, same, RULE)
    listed = [t for t in outcome.tests if t.group != EVERYBODY and t.finding != ALL_FINDINGS]
    assert listed
    assert all(t.cases >= RULE.least_cases for t in listed)
    assert all(t.others >= RULE.least_cases for t in listed if t.measure == "auroc")
    # under 18: 8 images of 4 patients, too few for any finding
    assert not [t for t in listed if t.group == "age: under 18"]
    assert next(t for t in outcome.tests if t.group == "age: under 18").verdict == FEW
    judged = [t for t in outcome.tests if t.verdict != FEW]
    # nothing differs: each p is 1, and Holm leaves 1
    assert {(t.p_inferior, t.p_adjusted) for t in judged} == {(1.0, 1.0)}


def test_the_mean_of_one_finding_in_a_subgroup_is_not_asked_twice() -> None:
    whole = many(300, skill=3.0)
    one = replace(
        whole, labels=("Edema",), scores=whole.scores[:, 2:], truth=whole.truth[:, 2:],
        known=whole.known[:, 2:], box_labels=(),
    )  # fmt: skip
    women = [t for t in judge_promotion(one, one, RULE).tests if t.group == "sex: female"]
    assert [(t.measure, t.finding) for t in women] == [("auroc", "Edema")]
    both = [t for t in judge_promotion(whole, whole, RULE).tests if t.group == "sex: female"]
    assert ("auroc", ALL_FINDINGS) in {(t.measure, t.finding) for t in both}


def test_a_label_that_the_candidate_has_not_refuses() -> None:
    less = many()
    less = replace(
        less, labels=less.labels[:2], scores=less.scores[:, :2], truth=less.truth[:, :2],
        known=less.known[:, :2], box_labels=("Mass",),
    )  # fmt: skip
    reasons = judge_promotion(many(), less, RULE).reasons
    assert "The candidate does not know Edema, boxes of Cardiomegaly." in reasons


def test_what_the_candidate_never_proposes_any_more_is_named() -> None:
    active = {"Mass": 0.4, "Edema": 1.0, "Hernia": 0.2, "boxes of Mass": 0.3}
    candidate = {"Mass": 0.9, "Edema": 1.0, "boxes of Mass": 1.0}
    assert lost_proposals(active, candidate) == ["boxes of Mass"]
    assert lost_proposals(active, active) == []


def test_too_few_cases_say_nothing_and_a_release_of_few_refuses() -> None:
    few = many(18)
    assert cases_of(few, "Mass") == (6, 3)
    outcome = judge_promotion(few, few, RULE)
    assert {test.verdict for test in outcome.tests} == {FEW}
    assert all(math.isnan(test.p_adjusted) for test in outcome.tests)
    assert len(outcome.reasons) == 1
    assert "No finding has 10 patients" in outcome.reasons[0]


def test_other_images_are_refused() -> None:
    with pytest.raises(EvaluationRefused):
        judge_promotion(many(30), many(60), RULE)


def test_the_same_seed_gives_the_same_outcome() -> None:
    first, second = many(seed=1), many(seed=2)
    assert repr(judge_promotion(first, second, RULE)) == repr(judge_promotion(first, second, RULE))
