"""Which findings of several reads are the same finding.

Two findings match when they are on the same image, have the same label, and either both have no box
or their boxes overlap with an IoU of at least 0.4. Pairs are taken greedily, the highest IoU first.
With three reads a finding joins a group through any of its members; no read is in a group twice.
Source of the threshold: mAP at IoU 0.4 of the VinBigData Chest X-ray challenge (Kaggle, 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from annotations.comparison.types import BoxXyxy, StatedFinding
from inference.predict.boxes import iou
from inference.predict.types import Box

IOU_MATCH = 0.4
Place = tuple[int, int]  # read, position in it


@dataclass(frozen=True, slots=True)
class Group:
    """One finding as each read has it; None where a read does not state it."""

    members: tuple[StatedFinding | None, ...]

    @property
    def stated(self) -> tuple[StatedFinding, ...]:
        return tuple(member for member in self.members if member is not None)

    @property
    def first(self) -> StatedFinding:
        return self.stated[0]

    @property
    def agreed(self) -> bool:
        return all(member is not None for member in self.members)


def overlap(first: BoxXyxy, second: BoxXyxy) -> float:
    """IoU of two boxes, 0 to 1."""
    return iou(Box(*first), Box(*second))


def similarity(first: StatedFinding, second: StatedFinding) -> float:
    """IoU of two findings of one label on one image, 1 for two of the whole image, else 0."""
    if (first.image, first.label) != (second.image, second.label):
        return 0.0
    if first.box is None or second.box is None:
        return 1.0 if first.box == second.box else 0.0
    return overlap(first.box, second.box)


def match_reads(reads: Sequence[Sequence[StatedFinding]]) -> tuple[Group, ...]:
    """Every finding of every read in exactly one group, in the order of the reads."""
    places = [(r, n) for r, read in enumerate(reads) for n in range(len(read))]
    group: dict[Place, dict[int, Place]] = {place: {place[0]: place} for place in places}
    for one, other in _pairs(reads, places):
        left, right = group[one], group[other]
        if left is right or left.keys() & right.keys():
            continue
        left.update(right)
        for place in right.values():
            group[place] = left
    unique = {id(members): members for members in group.values()}
    return tuple(_group(reads, members) for members in unique.values())


def _pairs(
    reads: Sequence[Sequence[StatedFinding]], places: Sequence[Place]
) -> list[tuple[Place, Place]]:
    """Pairs of two reads that match, the most alike first; equal ones in the order of the reads."""
    found = []
    for one, other in combinations(places, 2):
        if one[0] == other[0]:
            continue
        alike = similarity(reads[one[0]][one[1]], reads[other[0]][other[1]])
        if alike >= IOU_MATCH:
            found.append((-alike, one, other))
    return [(one, other) for _, one, other in sorted(found)]


def _group(reads: Sequence[Sequence[StatedFinding]], members: dict[int, Place]) -> Group:
    return Group(
        tuple(
            reads[r][members[r][1]] if r in members else None  # one finding of a read at most
            for r in range(len(reads))
        )
    )
