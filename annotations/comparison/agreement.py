"""Agreement of readers with each other and with the model, finding by finding.

A case counts once, with all its reads. Where a read was committed blind, its committed state is
compared: what the reader said later was said with the model in sight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from annotations.comparison.changes import ChangeKind, ReadChanges
from annotations.comparison.matching import match_reads, overlap
from annotations.comparison.statistics import (
    Estimate,
    Row,
    box_row,
    cohen_kappa,
    cohen_row,
    estimate,
    f1,
    fleiss_kappa,
    fleiss_row,
    mean_iou,
    share,
)
from annotations.comparison.types import StatedFinding, StatedRead

MIN_STATED = 5  # a kappa over fewer statements hangs on each of them
COHEN = "Cohen"
FLEISS = "Fleiss"
ALL = ""


@dataclass(frozen=True, slots=True)
class CaseRead:
    """``reader`` is any stable key. ``changes``: since the commit, None for a read not blind."""

    reader: str
    read: StatedRead
    changes: ReadChanges | None = None

    @property
    def labels(self) -> frozenset[str]:
        return frozenset(finding.label for finding in self.read.findings)


@dataclass(frozen=True, slots=True)
class ModelSaid:
    """What one model version put before the readers of a case: the labels it knows and proposed."""

    model: str
    known: frozenset[str]
    proposed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Decided:
    """One proposal put before one reader; ``decision`` is empty where the reader left it open."""

    model: str
    label: str
    decision: str


@dataclass(frozen=True, slots=True)
class ReadCase:
    """Everything that was said of one case."""

    reads: tuple[CaseRead, ...]
    models: tuple[ModelSaid, ...] = ()
    decided: tuple[Decided, ...] = ()


@dataclass(frozen=True, slots=True)
class KappaLine:
    """``stated``: in how many reads of these cases the finding is stated, out of ``reads``."""

    label: str
    kind: str
    stated: int
    reads: int
    kappa: Estimate


@dataclass(frozen=True, slots=True)
class BoxLine:
    """``label`` is empty for all findings together."""

    label: str
    pairs: int
    iou: Estimate
    f1: Estimate


@dataclass(frozen=True, slots=True)
class ModelLine:
    """``stated``: in how many reads; ``proposed``: before how many the model's proposal stood."""

    model: str
    label: str
    reads: int
    stated: int
    proposed: int
    kappa: Estimate


@dataclass(frozen=True, slots=True)
class OverrideLine:
    """``overridden``: the corrected and the rejected proposals, out of the decided ones."""

    model: str
    label: str
    shown: int
    accepted: int
    corrected: int
    rejected: int
    overridden: Estimate

    @property
    def undecided(self) -> int:
        return self.shown - self.accepted - self.corrected - self.rejected


@dataclass(frozen=True, slots=True)
class ModelEffect:
    """Blind reads before and after the model was seen; counts are of findings."""

    reads: int
    changed_reads: int
    changed: Estimate
    counts: Mapping[ChangeKind, int]


def labels_of(cases: Iterable[ReadCase]) -> list[str]:
    """Every finding that a reader stated or a model proposed, in alphabetical order of codes."""
    said = {label for case in cases for one in case.reads for label in one.labels}
    return sorted(said | {label for case in cases for m in case.models for label in m.proposed})


def several(cases: Iterable[ReadCase]) -> list[ReadCase]:
    return [case for case in cases if len(case.reads) > 1]


def between(cases: Iterable[ReadCase], first: str, second: str) -> list[ReadCase]:
    """The cases that both read, with their two reads in this order."""
    found = []
    for case in cases:
        by_reader = {one.reader: one for one in case.reads}
        if first in by_reader and second in by_reader:
            pair = (by_reader[first], by_reader[second])
            found.append(ReadCase(pair, case.models, case.decided))
    return found


def kappa_lines(cases: Sequence[ReadCase]) -> list[KappaLine]:
    """Cohen's kappa where the same two read every case, else Fleiss'. Cases of ``several``."""
    readers = {frozenset(one.reader for one in case.reads) for case in cases}
    two = len(readers) == 1 and len(next(iter(readers))) == 2
    ordered = [sorted(case.reads, key=lambda one: one.reader) for case in cases] if two else []
    lines = []
    for label in labels_of(cases):
        said = [[label in one.labels for one in case.reads] for case in cases]
        if two:
            rows = [cohen_row(label in a.labels, label in b.labels) for a, b in ordered]
            kappa = estimate(rows, cohen_kappa)
        else:
            kappa = estimate([fleiss_row(one) for one in said], fleiss_kappa)
        stated, reads = sum(map(sum, said)), sum(map(len, said))
        if stated < MIN_STATED:
            kappa = Estimate(kappa.cases, None)
        lines.append(KappaLine(label, COHEN if two else FLEISS, stated, reads, kappa))
    return lines


def box_lines(cases: Sequence[ReadCase]) -> list[BoxLine]:
    """All findings together, then each with a box. A case counts where a reader drew such a box."""
    labels = [ALL, *labels_of(cases)]
    lines = []
    for label in labels:
        rows = [row for case in cases if (row := _boxes_of(case, label))[2]]
        if not rows:
            continue
        pairs = int(sum(row[1] for row in rows))
        lines.append(BoxLine(label, pairs, estimate(rows, mean_iou), estimate(rows, f1)))
    return lines


def _boxes_of(case: ReadCase, label: str) -> Row:
    """Over every pair of the case's readers."""
    overlaps: list[float] = []
    boxes = 0
    for first, second in combinations(case.reads, 2):
        pair = [_boxed(one.read.findings, label) for one in (first, second)]
        boxes += len(pair[0]) + len(pair[1])
        for group in match_reads(pair):
            a, b = group.members
            if a and b and a.box and b.box:
                overlaps.append(overlap(a.box, b.box))
    return box_row(overlaps, boxes)


def _boxed(findings: Iterable[StatedFinding], label: str) -> list[StatedFinding]:
    return [f for f in findings if f.box is not None and label in (ALL, f.label)]


def reader_counts(cases: Iterable[ReadCase]) -> dict[str, tuple[int, Counter[str]]]:
    """Reader -> (reads, in how many of them each finding is stated)."""
    reads: Counter[str] = Counter()
    stated: dict[str, Counter[str]] = {}
    for case in cases:
        for one in case.reads:
            reads[one.reader] += 1
            stated.setdefault(one.reader, Counter()).update(one.labels)
    return {reader: (number, stated[reader]) for reader, number in sorted(reads.items())}


def model_lines(cases: Sequence[ReadCase]) -> list[ModelLine]:
    """Each model version against each read of the cases it analysed, for the findings it knows."""
    rows: dict[tuple[str, str], list[Row]] = {}
    stated = {label for case in cases for one in case.reads for label in one.labels}
    for case in cases:
        for said in case.models:
            for label in said.known & (stated | said.proposed):
                each = [cohen_row(label in said.proposed, label in r.labels) for r in case.reads]
                rows.setdefault((said.model, label), []).append(_sum(each))
    return [_model_line(key, found) for key, found in sorted(rows.items())]


def _model_line(key: tuple[str, str], rows: list[Row]) -> ModelLine:
    both, proposed, stated, neither = (int(value) for value in _sum(rows))
    stated, proposed = both + stated, both + proposed
    seldom = min(stated, proposed) < MIN_STATED
    kappa = Estimate(len(rows), None) if seldom else estimate(rows, cohen_kappa)
    reads = stated + proposed - both + neither
    return ModelLine(*key, reads=reads, stated=stated, proposed=proposed, kappa=kappa)


def override_lines(cases: Sequence[ReadCase]) -> list[OverrideLine]:
    """What readers did with the proposals they were shown, by model version and finding."""
    rows: dict[tuple[str, str], list[Counter[str]]] = {}
    for case in cases:
        mine: dict[tuple[str, str], Counter[str]] = {}
        for one in case.decided:
            mine.setdefault((one.model, one.label), Counter())[one.decision] += 1
        for key, counted in mine.items():
            rows.setdefault(key, []).append(counted)
    return [_override(key, counted) for key, counted in sorted(rows.items())]


def _override(key: tuple[str, str], cases: list[Counter[str]]) -> OverrideLine:
    total: Counter[str] = sum(cases, Counter())
    decided = [(c["CORRECTED"] + c["REJECTED"], c.total() - c[""]) for c in cases]
    rows = [(float(over), float(of)) for over, of in decided if of]
    return OverrideLine(
        model=key[0],
        label=key[1],
        shown=total.total(),
        accepted=total["ACCEPTED"],
        corrected=total["CORRECTED"],
        rejected=total["REJECTED"],
        overridden=estimate(rows, share),
    )


def model_effect(cases: Sequence[ReadCase]) -> ModelEffect:
    """What changed in reads that were committed before the model was shown."""
    rows: list[Row] = []
    counts: Counter[ChangeKind] = Counter()
    for case in cases:
        blind = [one.changes for one in case.reads if one.changes is not None]
        if blind:
            rows.append((float(sum(bool(changes) for changes in blind)), float(len(blind))))
        counts.update(change.kind for changes in blind for change in changes.findings)
    changed, reads = (int(sum(row[n] for row in rows)) for n in (0, 1))
    return ModelEffect(reads, changed, estimate(rows, share), counts)


def _sum(rows: Sequence[Row]) -> Row:
    return tuple(float(value) for value in np.sum(rows, axis=0))
