"""What two models of different label sets both know, by the vocabulary's codes.

VinDr's "Pleural effusion" and ChestX-ray14's "Effusion" are one finding; "Nodule/Mass" is neither
"Nodule" nor "Mass", and only one of the two sets has "Hernia": these are not comparable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inference.evaluation.collect import Collected
from inference.evaluation.errors import EvaluationRefused
from inference.training.label_maps import code_of


@dataclass(frozen=True, slots=True)
class Shared:
    """``names``: the candidate's label -> the active model's label of the same finding."""

    names: Mapping[str, str]
    active_alone: tuple[str, ...]
    candidate_alone: tuple[str, ...]


def shared_labels(active: Sequence[str], candidate: Sequence[str]) -> Shared:
    """By code, where a label has one; else by the very same word."""
    own = {_meaning(label): label for label in active}
    names = {label: own[_meaning(label)] for label in candidate if _meaning(label) in own}
    return Shared(
        names,
        tuple(label for label in active if label not in names.values()),
        tuple(label for label in candidate if label not in names),
    )


def _meaning(label: str) -> str:
    return code_of(label) or label


def in_words_of(active: Collected, candidate: Collected) -> Collected:
    """The candidate's output on shared findings, in the active's words, beside the active's truth.

    Raises EvaluationRefused unless both were collected over the same images, in one order.
    """
    if [item.image for item in active.records] != [item.image for item in candidate.records]:
        raise EvaluationRefused("Two models can only be compared on the same images.")
    names = shared_labels(active.labels, candidate.labels).names
    boxed = shared_labels(active.box_labels, candidate.box_labels).names
    mine = [k for k, label in enumerate(candidate.labels) if label in names]
    theirs = [active.labels.index(names[candidate.labels[k]]) for k in mine]
    return replace(
        candidate,
        labels=tuple(names[candidate.labels[k]] for k in mine),
        box_labels=tuple(boxed[label] for label in candidate.box_labels if label in boxed),
        records=active.records,
        scores=candidate.scores[:, mine],
        truth=np.ascontiguousarray(active.truth[:, theirs]),
        known=np.ascontiguousarray(active.known[:, theirs]),
        boxes=tuple(
            tuple(replace(box, label=boxed[box.label]) for box in found if box.label in boxed)
            for found in candidate.boxes
        ),
        heat=(),
    )
