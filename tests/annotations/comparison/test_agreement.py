"""From what readers said to the numbers of the agreement page, on cases counted by hand."""

from __future__ import annotations

import pytest

from annotations.comparison.agreement import (
    COHEN,
    FLEISS,
    CaseRead,
    Decided,
    ModelSaid,
    ReadCase,
    between,
    box_lines,
    kappa_lines,
    model_effect,
    model_lines,
    override_lines,
    reader_counts,
    several,
)
from annotations.comparison.changes import ChangeKind, read_changes
from annotations.comparison.types import BoxXyxy, StatedFinding, StatedRead

BOX = (0.0, 0.0, 10.0, 10.0)
HALF = (0.0, 0.0, 10.0, 5.0)


def said(reader: str, *labels: str, box: BoxXyxy | None = None) -> CaseRead:
    findings = tuple(StatedFinding(f"{reader}{label}", "i", label, box) for label in labels)
    return CaseRead(reader, StatedRead(findings, no_finding=not labels))


def cases_of(table: dict[tuple[bool, bool], int]) -> list[ReadCase]:
    """Cases in which A and B state a nodule or not, so often each."""
    return [
        ReadCase((said("a", *["nodule"] * a), said("b", *["nodule"] * b)))
        for (a, b), number in table.items()
        for _ in range(number)
    ]


def test_two_readers_have_cohens_kappa() -> None:
    # the worked table of the statistics' test: 0.4
    cases = cases_of({(True, True): 20, (True, False): 5, (False, True): 10, (False, False): 15})
    line = kappa_lines(cases)[0]
    assert (line.label, line.kind, line.stated, line.reads) == ("nodule", COHEN, 55, 100)
    assert line.kappa.interval is not None
    assert line.kappa.interval.value == pytest.approx(0.4)


def test_the_order_in_which_two_read_does_not_matter() -> None:
    cases = cases_of({(True, True): 20, (True, False): 5, (False, True): 10, (False, False): 15})
    turned = [ReadCase(case.reads[:: (-1) ** n]) for n, case in enumerate(cases)]
    assert kappa_lines(turned) == kappa_lines(cases)


def test_changing_readers_have_fleiss_kappa() -> None:
    cases = cases_of({(True, True): 15, (False, False): 10})
    third = ReadCase((said("a", "nodule"), said("c", "nodule")))
    assert {line.kind for line in kappa_lines([*cases, third])} == {FLEISS}


def test_a_pair_of_readers_is_taken_out_of_three() -> None:
    case = ReadCase((said("a", "nodule"), said("b"), said("c", "nodule")))
    alone = ReadCase((said("a", "nodule"),))
    assert several([case, alone]) == [case]
    pairs = between([case, alone], "c", "a")
    assert [[one.reader for one in pair.reads] for pair in pairs] == [["c", "a"]]


def test_boxes_are_matched_within_each_case() -> None:
    # 25 cases: A draws BOX and B its half, IoU 0.5; in 5 of them B draws nothing
    both = ReadCase((said("a", "nodule", box=BOX), said("b", "nodule", box=HALF)))
    one = ReadCase((said("a", "nodule", box=BOX), said("b")))
    every, nodule = box_lines([both] * 20 + [one] * 5)
    assert (every.label, nodule.label, every.pairs) == ("", "nodule", 20)
    assert every.iou.interval is not None
    assert every.f1.interval is not None
    assert every.iou.interval.value == pytest.approx(0.5)
    assert every.f1.interval.value == pytest.approx(40 / 45)


def test_findings_without_a_box_are_no_boxes() -> None:
    assert box_lines([ReadCase((said("a", "nodule"), said("b", "nodule")))]) == []


def test_each_readers_findings_are_counted_by_read() -> None:
    cases = [
        ReadCase((said("a", "nodule", "mass"), said("b"))),
        ReadCase((said("a", "nodule"),)),
    ]
    counts = reader_counts(cases)
    assert counts["a"] == (2, {"nodule": 2, "mass": 1})
    assert counts["b"] == (1, {})


def test_the_model_is_compared_only_for_findings_it_knows() -> None:
    model = ModelSaid("m 1", frozenset({"nodule", "effusion"}), frozenset({"nodule"}))
    silent = ModelSaid("m 1", frozenset({"nodule", "effusion"}), frozenset())
    cases = [ReadCase((said("a", "nodule"), said("b", "mass")), (model,))] * 12
    cases += [ReadCase((said("a"), said("b")), (silent,))] * 12
    lines = model_lines(cases)
    # A always agrees, B never finds the model's nodule: 12 both, 12 only the model, 24 neither
    assert [(line.model, line.label, line.reads) for line in lines] == [("m 1", "nodule", 48)]
    kappa = lines[0].kappa
    assert kappa.cases == 24
    assert kappa.interval is not None
    assert kappa.interval.value == pytest.approx((0.75 - 0.5) / 0.5)


def test_what_is_said_too_seldom_has_no_kappa() -> None:
    line = kappa_lines(cases_of({(True, True): 2, (False, False): 28}))[0]
    assert (line.stated, line.kappa.cases, line.kappa.interval) == (4, 30, None)
    never = ModelSaid("m 1", frozenset({"nodule"}), frozenset())
    (against,) = model_lines([ReadCase((said("a", "nodule"),), (never,))] * 25)
    assert (against.stated, against.proposed, against.kappa.interval) == (25, 0, None)


def test_overrides_are_counted_by_model_and_finding() -> None:
    decisions = ("ACCEPTED", "ACCEPTED", "CORRECTED", "REJECTED", "")
    cases = [
        ReadCase((said("a"),), decided=(Decided("m 1", "nodule", decision),))
        for decision in decisions
        for _ in range(6)
    ]
    (line,) = override_lines([*cases, ReadCase((said("a"),))])
    assert (line.shown, line.accepted, line.corrected, line.rejected) == (30, 12, 6, 6)
    assert line.undecided == 6
    assert line.overridden.cases == 24
    assert line.overridden.interval is not None
    assert line.overridden.interval.value == pytest.approx(0.5)


def test_what_the_model_changed_is_counted_over_blind_reads_alone() -> None:
    before = said("a", "nodule").read
    changed = read_changes(before, said("x", "mass").read)
    same = read_changes(before, before)
    cases = [
        ReadCase((CaseRead("a", before, changed), CaseRead("b", before, same), said("c"))),
        ReadCase((said("a"),)),
    ]
    effect = model_effect(cases)
    assert (effect.reads, effect.changed_reads, effect.changed.interval) == (2, 1, None)
    assert effect.counts == {ChangeKind.REMOVED: 1, ChangeKind.ADDED: 1}


def test_nothing_read_has_no_lines() -> None:
    assert kappa_lines([]) == []
    assert box_lines([]) == []
    assert model_lines([]) == []
    assert override_lines([]) == []
    assert model_effect([]).reads == 0
