"""What changed between a committed read and the same read later."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from annotations.comparison.matching import match_reads, overlap
from annotations.comparison.types import StatedFinding, StatedRead


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    LABEL = "label"
    BOX = "box"


@dataclass(frozen=True, slots=True)
class Change:
    """``before`` is None for what was added, ``after`` for what was removed.

    ``iou``: of the two boxes where a box moved; None where one of them is the whole image.
    """

    kind: ChangeKind
    before: StatedFinding | None
    after: StatedFinding | None
    iou: float | None = None


@dataclass(frozen=True, slots=True)
class ReadChanges:
    """Everything that differs between the two."""

    findings: tuple[Change, ...]
    no_finding: bool = False
    impression: bool = False

    def __bool__(self) -> bool:
        return bool(self.findings) or self.no_finding or self.impression


def read_changes(before: StatedRead, after: StatedRead) -> ReadChanges:
    """Findings are followed by their key. Of the others, one that was taken back and one that was
    added are the same finding, moved, when they match (``matching``): a reader who takes the
    model's box for their own has not added a finding.
    """
    later = {finding.key: finding for finding in after.findings}
    known = {finding.key for finding in before.findings}
    followed = [(old, later[old.key]) for old in before.findings if old.key in later]
    gone = [old for old in before.findings if old.key not in later]
    new = [finding for finding in after.findings if finding.key not in known]
    changes = [change for old, now in followed for change in _edited(old, now)]
    for group in match_reads((gone, new)):
        old_one, new_one = group.members
        if old_one is None or new_one is None:
            kind = ChangeKind.ADDED if old_one is None else ChangeKind.REMOVED
            changes.append(Change(kind, old_one, new_one))
        else:
            changes.extend(_edited(old_one, new_one))
    return ReadChanges(
        tuple(changes),
        no_finding=before.no_finding != after.no_finding,
        impression=before.impression.strip() != after.impression.strip(),
    )


def _edited(old: StatedFinding, now: StatedFinding) -> list[Change]:
    changes = []
    if old.label != now.label:
        changes.append(Change(ChangeKind.LABEL, old, now))
    if old.box != now.box:
        both = old.box is not None and now.box is not None
        moved = overlap(old.box, now.box) if both else None  # type: ignore[arg-type]
        changes.append(Change(ChangeKind.BOX, old, now, moved))
    return changes
