"""Matching of reads, on boxes whose overlap is worked out by hand."""

from __future__ import annotations

import pytest

from annotations.comparison.matching import IOU_MATCH, Group, match_reads, overlap, similarity
from annotations.comparison.merging import merged
from annotations.comparison.types import BoxXyxy, StatedFinding


def stated(key: str, label: str = "nodule", box: BoxXyxy | None = None) -> StatedFinding:
    return StatedFinding(key=key, image="i", label=label, box=box)


def keys(groups: tuple[Group, ...]) -> list[tuple[str, ...]]:
    return [tuple(m.key if m else "-" for m in group.members) for group in groups]


def test_the_overlap_of_a_box_with_one_shifted_by_half_is_a_third() -> None:
    # 10 x 10 boxes, shifted by 5: 50 shared of 100 + 100 - 50
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(50 / 150)


def test_boxes_match_from_an_overlap_of_0_4_on() -> None:
    # 10 x 7 inside 10 x 10 is 0.7; 10 x 4 is exactly 0.4; 10 x 3.9 is 0.39
    whole = stated("a", box=(0, 0, 10, 10))
    assert IOU_MATCH == 0.4
    assert keys(match_reads(([whole], [stated("b", box=(0, 0, 10, 4))]))) == [("a", "b")]
    apart = keys(match_reads(([whole], [stated("b", box=(0, 0, 10, 3.9))])))
    assert apart == [("a", "-"), ("-", "b")]


def test_another_label_or_image_never_matches() -> None:
    box = (0.0, 0.0, 10.0, 10.0)
    elsewhere = StatedFinding(key="b", image="j", label="nodule", box=box)
    assert similarity(stated("a", box=box), stated("b", "mass", box)) == 0.0
    assert similarity(stated("a", box=box), elsewhere) == 0.0


def test_findings_of_the_whole_image_match_by_label() -> None:
    first, second = [stated("a", "effusion")], [stated("b", "effusion"), stated("c", "ild")]
    assert keys(match_reads((first, second))) == [("a", "b"), ("-", "c")]


def test_a_box_is_no_finding_of_the_whole_image() -> None:
    pair = ([stated("a")], [stated("b", box=(0, 0, 10, 10))])
    assert keys(match_reads(pair)) == [("a", "-"), ("-", "b")]


def test_the_better_pair_is_taken_first() -> None:
    # a-c overlap 90/110 = 0.82, b-c 60/140 = 0.43: c goes to a although b came first
    b, a = stated("b", box=(5, 0, 15, 10)), stated("a", box=(0, 0, 10, 10))
    c = stated("c", box=(1, 0, 11, 10))
    assert overlap(a.box, c.box) == pytest.approx(90 / 110)  # type: ignore[arg-type]
    assert overlap(b.box, c.box) == pytest.approx(60 / 140)  # type: ignore[arg-type]
    assert keys(match_reads(([b, a], [c]))) == [("b", "-"), ("a", "c")]


def test_equal_overlaps_are_taken_in_the_order_of_the_reads() -> None:
    box = (0.0, 0.0, 10.0, 10.0)
    twice = [stated("a", box=box), stated("b", box=box)]
    assert keys(match_reads((twice, [stated("c", box=box)]))) == [("a", "c"), ("b", "-")]


def test_three_reads_make_groups_and_two_of_three_is_no_agreement() -> None:
    reads = ([stated("a1"), stated("a2", "mass")], [stated("b1")], [stated("c2", "mass")])
    groups = match_reads((*reads[:2], [stated("c1"), *reads[2]]))
    assert keys(groups) == [("a1", "b1", "c1"), ("a2", "-", "c2")]
    assert [group.agreed for group in groups] == [True, False]


def test_no_reads_and_empty_reads_give_no_groups() -> None:
    assert match_reads(()) == ()
    assert match_reads(((), ())) == ()


def test_a_group_is_merged_to_the_mean_box_and_the_least_certainty() -> None:
    first = StatedFinding("a", "i", "nodule", (0, 0, 10, 10), "p", "CERTAIN", "L", "mine")
    second = StatedFinding("b", "i", "nodule", (1, 2, 11, 12.5), "p", "POSSIBLE", "")
    one = merged(Group((first, second)))
    assert one.box == (0.5, 1.0, 10.5, 11.2)  # 11.25 to a tenth, halves to the even digit
    assert (one.certainty, one.laterality, one.proposal, one.comment) == ("POSSIBLE", "", "p", "")


def test_a_merged_finding_of_the_whole_image_has_no_box() -> None:
    assert merged(Group((stated("a"), stated("b")))).box is None
