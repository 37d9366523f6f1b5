"""Every number again for women and men, ages and views, and whether a group fares worse."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inference.evaluation.attributes import UNKNOWN, all_groups, groups_of
from inference.evaluation.bootstrap import Counts, Floats, Interval, draw_patients, intervals
from inference.evaluation.collect import Bools, Collected
from inference.evaluation.explainability import HeatResult, evaluate_heat
from inference.evaluation.findings import (
    FEW_POSITIVES,
    FindingsResult,
    evaluate_findings,
    has_many,
    rank_labels,
    with_means,
)
from inference.evaluation.found_boxes import (
    BoxesResult,
    evaluate_boxes,
    match_labels,
    precisions_with_mean,
)
from inference.evaluation.metrics import weighted_auroc
from inference.evaluation.setting import Setting

FEW_IMAGES = 30
FEW_BOXES = 10


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """A group minus all others, over the ``labels`` with 10 positives or boxes in both."""

    labels: int
    value: Interval

    @property
    def is_below(self) -> bool:
        return self.value.resamples > 0 and self.value.high < 0.0


@dataclass(frozen=True, slots=True)
class SubgroupResult:
    """``auroc_difference`` and ``box_difference`` (AP40): None where nothing can be compared."""

    attribute: str
    group: str
    images: int
    patients: int
    findings: FindingsResult | None
    boxes: BoxesResult | None
    heat: tuple[HeatResult, ...]
    auroc_difference: GroupDifference | None
    box_difference: GroupDifference | None
    statement: str


def evaluate_subgroups(
    collected: Collected, setting: Setting, counts: Counts
) -> tuple[SubgroupResult, ...]:
    """Groups of an attribute that nobody knows anything of are left out."""
    groups = all_groups(collected.records)
    known = {group.attribute for group in groups if group.name != UNKNOWN}
    results = []
    for group in groups:
        if group.attribute not in known:
            continue
        inside = np.array([group in groups_of(record) for record in collected.records])
        chosen = collected.take(np.flatnonzero(inside).tolist())
        drawn = draw_patients(chosen.patients, setting.resamples, setting.seed)
        area = auroc_difference(collected, inside, counts)
        boxes = box_difference(collected, inside, counts)
        results.append(
            SubgroupResult(
                attribute=group.attribute,
                group=group.name,
                images=len(chosen.records),
                patients=len(set(chosen.patients)),
                findings=evaluate_findings(chosen, setting.thresholds, drawn, curves=False),
                boxes=evaluate_boxes(chosen, setting.box_thresholds, drawn, coco=False),
                heat=evaluate_heat(chosen.heat, chosen.labels, drawn),
                auroc_difference=area,
                box_difference=boxes,
                statement=statement(len(chosen.records), area, boxes),
            )
        )
    return tuple(results)


def auroc_difference(collected: Collected, inside: Bools, counts: Counts) -> GroupDifference | None:
    """Macro AUROC inside minus outside, both from the same resamples of all patients."""
    first, second = (
        rank_labels(replace(collected, known=collected.known & side[:, None]))
        for side in (inside, ~inside)
    )
    common = has_many(first) & has_many(second)
    if not common.any():
        return None
    inner, outer = (with_means(weighted_auroc, side, common) for side in (first, second))
    value = intervals(lambda weights: (inner(weights) - outer(weights))[:, -1:], counts)[0]
    return GroupDifference(int(common.sum()), value)


def box_difference(collected: Collected, inside: Bools, counts: Counts) -> GroupDifference | None:
    """Mean AP40 inside minus outside."""
    labels = match_labels(collected).ap40
    common = tuple(
        label
        for label in labels
        if min(label.truths[inside].sum(), label.truths[~inside].sum()) >= FEW_BOXES
    )
    if not common:
        return None

    def difference(weights: Floats) -> Floats:
        inner = precisions_with_mean(common, weights * inside)
        return (inner - precisions_with_mean(common, weights * ~inside))[:, -1:]

    return GroupDifference(len(common), intervals(difference, counts)[0])


def statement(images: int, area: GroupDifference | None, boxes: GroupDifference | None) -> str:
    """In plain words: too small to say, worse than the others, or no difference shown."""
    if images < FEW_IMAGES:
        return f"Too small a group to say anything ({images} images)."
    if area is None and boxes is None:
        return f"Too few positives to compare (no finding with {FEW_POSITIVES} here and elsewhere)."
    named = (("findings (AUROC)", area), ("boxes (AP40)", boxes))
    worse = [
        f"worse than the others in {name}, by {-item.value.value:.3f}"
        for name, item in named
        if item and item.is_below
    ]
    if worse:
        return f"This group fares {' and '.join(worse)}."
    untold = [name for name, item in named if item is None]
    rest = f" Too few to compare {', '.join(untold)}." if untold else ""
    return f"No difference to the others is shown; that is no proof of none.{rest}"
