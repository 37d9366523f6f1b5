"""The whole agreement report as lines of words and figures, for the page and for the CSV file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from annotations.agreement.figures import Segment, Whisker, segments, whisker
from annotations.agreement.selectors import AgreementData
from annotations.comparison.agreement import (
    MIN_STATED,
    BoxLine,
    KappaLine,
    ModelEffect,
    ModelLine,
    OverrideLine,
    between,
    box_lines,
    kappa_lines,
    model_effect,
    model_lines,
    override_lines,
    reader_counts,
    several,
)
from annotations.comparison.changes import ChangeKind
from annotations.comparison.statistics import MIN_CASES, Estimate
from inference.presentation import NAMES

TOO_FEW = f"too few cases (fewer than {MIN_CASES})"
TOO_SELDOM = f"said too seldom (fewer than {MIN_STATED} times)"
UNDEFINED = "undefined: all say the same"
Cell = str | int | float
Line = TypeVar("Line", KappaLine, ModelLine, OverrideLine)


@dataclass(frozen=True, slots=True)
class Figure(Generic[Line]):
    """A line with its number drawn, or in words why there is none."""

    name: str
    line: Line
    drawn: Whisker | None
    why_not: str
    bar: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class BoxFigure:
    name: str
    line: BoxLine
    iou: Whisker | None
    f1: Whisker | None
    why_not: str


@dataclass(frozen=True, slots=True)
class ReaderColumn:
    name: str
    reads: int
    stated: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """``compared``: cases with several reads, of the chosen pair where one is chosen."""

    compared: int
    kappas: tuple[Figure[KappaLine], ...]
    boxes: tuple[BoxFigure, ...]
    readers: tuple[ReaderColumn, ...]
    findings: tuple[str, ...]
    models: tuple[Figure[ModelLine], ...]
    overrides: tuple[Figure[OverrideLine], ...]
    effect: ModelEffect
    effect_drawn: Whisker | None

    @property
    def rows(self) -> list[tuple[str, tuple[int, ...]]]:
        """Findings x readers."""
        return [
            (name, tuple(reader.stated[n] for reader in self.readers))
            for n, name in enumerate(self.findings)
        ]

    @property
    def effects(self) -> list[tuple[str, int]]:
        """Findings that changed after a commit, by kind."""
        return [(_EFFECTS[kind], self.effect.counts.get(kind, 0)) for kind in ChangeKind]


_EFFECTS = {
    ChangeKind.ADDED: "Findings added",
    ChangeKind.REMOVED: "Findings removed",
    ChangeKind.LABEL: "Labels changed",
    ChangeKind.BOX: "Boxes moved",
}


def report_of(data: AgreementData, pair: tuple[str, str] | None) -> Report:
    cases = between(data.cases, *pair) if pair else list(data.cases)
    compared = several(cases)
    counts = reader_counts(data.cases)
    codes = sorted({label for _, stated in counts.values() for label in stated}, key=_name)
    effect = model_effect(data.cases)
    return Report(
        compared=len(compared),
        kappas=tuple(_kappa(line) for line in kappa_lines(compared)),
        boxes=tuple(_box_figure(line) for line in box_lines(compared)),
        readers=tuple(
            ReaderColumn(data.names[key], reads, tuple(stated[code] for code in codes))
            for key, (reads, stated) in sorted(counts.items(), key=lambda c: data.names[c[0]])
        ),
        findings=tuple(_name(code) for code in codes),
        models=tuple(_model(line) for line in model_lines(data.cases)),
        overrides=tuple(_override(line) for line in override_lines(data.cases)),
        effect=effect,
        effect_drawn=whisker(effect.changed),
    )


def _name(code: str) -> str:
    return NAMES.get(code, code)


def _why_not(estimate: Estimate, said: int) -> str:
    """``said``: how often the rarer side said it."""
    if estimate.interval is not None:
        return ""
    if estimate.cases < MIN_CASES:
        return TOO_FEW
    return TOO_SELDOM if said < MIN_STATED else UNDEFINED


def _kappa(line: KappaLine) -> Figure[KappaLine]:
    kappa = line.kappa
    return Figure(_name(line.label), line, whisker(kappa), _why_not(kappa, line.stated))


def _model(line: ModelLine) -> Figure[ModelLine]:
    kappa = line.kappa
    said = min(line.stated, line.proposed)
    return Figure(_name(line.label), line, whisker(kappa), _why_not(kappa, said))


def _override(line: OverrideLine) -> Figure[OverrideLine]:
    estimate = line.overridden
    return Figure(
        _name(line.label),
        line,
        whisker(estimate),
        _why_not(estimate, line.shown),
        bar=segments(line),
    )


def _box_figure(line: BoxLine) -> BoxFigure:
    why_not = TOO_FEW if line.f1.cases < MIN_CASES else ""
    name = _name(line.label) if line.label else "All findings"
    return BoxFigure(name, line, whisker(line.iou), whisker(line.f1), why_not)


HEADER = (
    "table", "finding", "model", "reader", "statistic", "cases", "value", "low", "high", "count",
    "out_of",
)  # fmt: skip


def csv_rows(report: Report) -> Iterator[tuple[Cell, ...]]:
    """One number a row, the header first; empty cells where a number is not given."""
    yield HEADER
    for figure in report.kappas:
        line = figure.line
        kind = f"{line.kind} kappa"
        yield (
            "readers", figure.name, "", "", kind, *_numbers(line.kappa), line.stated, line.reads
        )  # fmt: skip
    for box in report.boxes:
        for kind, estimate in (("mean IoU", box.line.iou), ("F1 at IoU 0.4", box.line.f1)):
            yield ("boxes", box.name, "", "", kind, *_numbers(estimate), box.line.pairs, "")
    for reader in report.readers:
        for name, stated in zip(report.findings, reader.stated, strict=True):
            yield (
                "counts", name, "", reader.name, "reads stating it", "", "", "", "", stated,
                reader.reads,
            )  # fmt: skip
    yield from _model_rows(report)


def _model_rows(report: Report) -> Iterator[tuple[Cell, ...]]:
    for figure in report.models:
        line = figure.line
        yield (
            "reader-model", figure.name, line.model, "", "Cohen kappa", *_numbers(line.kappa), "",
            line.reads,
        )  # fmt: skip
    for shown in report.overrides:
        over = shown.line
        empty = ("", "", "", "")
        for kind in ("accepted", "corrected", "rejected", "undecided"):
            count = getattr(over, kind)
            yield ("proposals", shown.name, over.model, "", kind, *empty, count, over.shown)
        numbers = _numbers(over.overridden)
        decided = over.shown - over.undecided
        overridden = over.corrected + over.rejected
        yield (
            "proposals", shown.name, over.model, "", "override rate", *numbers, overridden, decided
        )  # fmt: skip
    effect = report.effect
    yield (
        "after the model", "", "", "", "reads changed", *_numbers(effect.changed),
        effect.changed_reads, effect.reads,
    )  # fmt: skip
    for kind in ChangeKind:
        changes = effect.counts.get(kind, 0)
        yield ("after the model", "", "", "", kind.value, "", "", "", "", changes, effect.reads)


def _numbers(estimate: Estimate) -> tuple[Cell, Cell, Cell, Cell]:
    found = estimate.interval
    if found is None:
        return (estimate.cases, "", "", "")
    return (estimate.cases, round(found.value, 4), round(found.low, 4), round(found.high, 4))
