"""What changed after a read was committed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotations.comparison.changes import ChangeKind, read_changes
from annotations.comparison.types import StatedFinding, StatedRead

BOX = (0.0, 0.0, 10.0, 10.0)
NODULE = StatedFinding(key="n", image="i", label="nodule", box=BOX)
EFFUSION = StatedFinding(key="e", image="i", label="effusion")


def kinds(before: StatedRead, after: StatedRead) -> list[tuple[str, str, str]]:
    return [
        (c.kind.value, c.before.key if c.before else "", c.after.key if c.after else "")
        for c in read_changes(before, after).findings
    ]


def test_the_same_read_changed_nothing() -> None:
    read = StatedRead((NODULE, EFFUSION), impression="Clear. ")
    assert not read_changes(read, replace(read, impression="Clear."))


def test_added_and_removed_findings() -> None:
    before, after = StatedRead((NODULE,)), StatedRead((EFFUSION,))
    assert kinds(before, after) == [("removed", "n", ""), ("added", "", "e")]


def test_a_new_label_and_a_moved_box_are_two_changes_of_one_finding() -> None:
    moved = replace(NODULE, label="mass", box=(5.0, 0.0, 15.0, 10.0))
    changes = read_changes(StatedRead((NODULE,)), StatedRead((moved,))).findings
    assert [change.kind for change in changes] == [ChangeKind.LABEL, ChangeKind.BOX]
    assert changes[1].iou == pytest.approx(50 / 150)


def test_a_box_taken_away_has_no_overlap() -> None:
    changes = read_changes(StatedRead((NODULE,)), StatedRead((replace(NODULE, box=None),)))
    assert [(c.kind, c.iou) for c in changes.findings] == [(ChangeKind.BOX, None)]


def test_the_models_box_taken_for_ones_own_is_a_moved_box() -> None:
    # 10 x 8 in 10 x 10: overlap 0.8
    accepted = replace(NODULE, key="m", box=(0.0, 0.0, 10.0, 8.0), proposal="p")
    assert kinds(StatedRead((NODULE,)), StatedRead((accepted,))) == [("box", "n", "m")]


def test_the_same_box_of_the_model_is_no_change() -> None:
    accepted = replace(NODULE, key="m", proposal="p")
    assert not read_changes(StatedRead((NODULE,)), StatedRead((accepted,)))


def test_no_finding_and_the_impression_are_compared() -> None:
    changes = read_changes(StatedRead((), True, "Normal."), StatedRead((NODULE,), False, "Nodule."))
    assert (changes.no_finding, changes.impression) == (True, True)
    assert [change.kind for change in changes.findings] == [ChangeKind.ADDED]


def test_a_finding_comes_back_from_json_as_it_was() -> None:
    for finding in (NODULE, EFFUSION):
        assert StatedFinding.from_json(finding.to_json()) == finding
    stored = NODULE.to_json() | {"box": list(BOX)}
    assert StatedFinding.from_json(stored) == NODULE
