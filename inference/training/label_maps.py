"""A data set's own labels as those of a label set, without saying more than the data says.

A label that goes to a wider term (a pneumonia is a "Lung Opacity" of VinDr) makes that one present;
its absence says nothing of the wider term, which stays unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from inference.predict.errors import LabelUnknown
from inference.predict.labels import (
    LABEL_SETS,
    VOCABULARY,
    to_label_set,
    vocabulary_code,
)
from inference.training.errors import ConfigRefused


@dataclass(frozen=True, slots=True)
class Told:
    """Of one image, in labels of the target: what Record holds under the same names."""

    labels: frozenset[str]
    known: frozenset[str]
    uncertain: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class LabelMap:
    """``own`` labels and the set's ``labels``; ``targets``: own label -> label of the set.

    ``exact``: own labels that mean the very same as their target. ``dropped`` counts present ones
    that have none.
    """

    own: tuple[str, ...]
    labels: tuple[str, ...]
    targets: Mapping[str, str]
    exact: frozenset[str]
    dropped: Counter[str] = field(default_factory=Counter)

    def tell(
        self, *, present: Iterable[str], absent: Iterable[str], doubtful: Mapping[str, float]
    ) -> Told:
        """Own labels of one image. ``doubtful``: own label -> training target, NaN for none."""
        present = set(present)
        self.dropped.update(label for label in present if label not in self.targets)
        labels = frozenset(self.targets[label] for label in present if label in self.targets)
        in_doubt = {
            self.targets[label]: target
            for label, target in doubtful.items()
            if label in self.targets and self.targets[label] not in labels
        }
        same = {self.targets[label] for label in absent if label in self.exact}
        uncertain = tuple(sorted((k, v) for k, v in in_doubt.items() if v == v))
        return Told(labels, labels | (same - set(in_doubt)), uncertain)


def map_labels(
    own: Iterable[str], label_set: str, codes: Mapping[str, str] | None = None
) -> LabelMap:
    """``codes``: own label -> vocabulary code, where the names alone do not tell.

    Without a label set the labels stay as they are. Raises ConfigRefused for an unknown set.
    """
    own = tuple(own)
    if not label_set:
        return LabelMap(own, own, {label: label for label in own}, frozenset(own))
    if label_set not in LABEL_SETS:
        raise ConfigRefused(f"data.label_set must be one of {', '.join(sorted(LABEL_SETS))}.")
    targets: dict[str, str] = {}
    exact: set[str] = set()
    for label in own:
        code = (codes or {}).get(label) or code_of(label)
        mapped = to_label_set([code], label_set).labels if code else ()
        if mapped:
            targets[label] = mapped[0]
            if vocabulary_code(mapped[0]) == code:
                exact.add(label)
    return LabelMap(own, LABEL_SETS[label_set], targets, frozenset(exact))


def code_of(name: str) -> str:
    """The vocabulary's code of a label, a code or a term's name in any case; empty without one."""
    try:
        return vocabulary_code(name)
    except LabelUnknown:
        plain = name.strip().lower()
        found = (item.code for item in VOCABULARY if plain in (item.code, item.name.lower()))
        return next(found, "")
