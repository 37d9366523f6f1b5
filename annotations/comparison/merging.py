"""One finding for what all readers state."""

from __future__ import annotations

from dataclasses import replace

from annotations.comparison.matching import Group
from annotations.comparison.types import BoxXyxy, StatedFinding

_SUREST_LAST = ("POSSIBLE", "PROBABLE", "CERTAIN")


def merged(group: Group) -> StatedFinding:
    """The first reader's finding with the mean box (to a tenth of a pixel), the least certainty,
    and only the side and the proposal that all name. Comments stay in the reads.
    """
    stated = group.stated
    return replace(
        stated[0],
        box=_mean([finding.box for finding in stated if finding.box is not None]),
        certainty=min((f.certainty for f in stated), key=_SUREST_LAST.index),
        laterality=_common([f.laterality for f in stated]),
        proposal=_common([f.proposal for f in stated]),
        comment="",
    )


def _mean(boxes: list[BoxXyxy]) -> BoxXyxy | None:
    if len(set(boxes)) < 2:
        return boxes[0] if boxes else None
    x_min, y_min, x_max, y_max = (
        round(sum(side) / len(boxes), 1) for side in zip(*boxes, strict=True)
    )
    return x_min, y_min, x_max, y_max


def _common(values: list[str]) -> str:
    return values[0] if len(set(values)) == 1 else ""
