"""How registered models fare on real cases: volume, failures, overrides and drift of their scores.

Sums alone, over the departments that the user works for: no case can be told from them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.db.models import Count, F, FloatField, QuerySet
from django.db.models.functions import Floor, Least, TruncMonth

from annotations.models import Finding
from cxrportal.accounts.models import Department, User
from cxrportal.accounts.permissions import RESEARCHER, department_ids, is_administrator
from inference.evaluation.drift import BINS, SHIFTED, STABLE, Reference, stability_index
from inference.models import Detection, InferenceRun, ModelVersion

LEAST_SCORES = 50  # below, the index of ten bins is mostly chance
DECIDED = (Finding.Decision.ACCEPTED, Finding.Decision.CORRECTED, Finding.Decision.REJECTED)
Key: TypeAlias = tuple[str, str]  # month as YYYY-MM, department


@dataclass(slots=True)
class Tally:
    """What one model did in one part of the work. ``scores``: (BINS,) counts a label."""

    done: int = 0
    failed: int = 0
    accepted: int = 0
    corrected: int = 0
    rejected: int = 0
    scores: dict[str, list[int]] = field(default_factory=dict)

    @property
    def volume(self) -> int:
        return self.done + self.failed

    @property
    def failure_rate(self) -> float | None:
        return self.failed / self.volume if self.volume else None

    @property
    def decided(self) -> int:
        return self.accepted + self.corrected + self.rejected

    @property
    def override_rate(self) -> float | None:
        """Share of the judged proposals that the signing reader corrected or rejected."""
        return (self.corrected + self.rejected) / self.decided if self.decided else None

    def add(self, other: Tally) -> None:
        for name in ("done", "failed", "accepted", "corrected", "rejected"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for label, counts in other.scores.items():
            mine = self.scores.setdefault(label, [0] * BINS)
            self.scores[label] = [a + b for a, b in zip(mine, counts, strict=True)]


@dataclass(frozen=True, slots=True)
class Drift:
    """Of one label: ``index`` None where there are too few scores or no reference."""

    label: str
    images: int
    index: float | None
    before: tuple[float, ...]
    now: tuple[float, ...]

    @property
    def word(self) -> str:
        if self.index is None:
            return ""
        return "stable" if self.index < STABLE else "moved" if self.index < SHIFTED else "shifted"


def departments_of(user: User) -> QuerySet[Department]:
    """An administrator's are all; a researcher's those that they work for."""
    if is_administrator(user):
        return Department.objects.all()
    return Department.objects.filter(pk__in=department_ids(user, RESEARCHER))


def tallies(model: ModelVersion, departments: QuerySet[Department]) -> dict[Key, Tally]:
    """By month of the analysis and department. Runs in shadow count, too: they are the model's."""
    found: dict[Key, Tally] = defaultdict(Tally)
    runs = InferenceRun.with_shadow.filter(
        model_version=model, image__case__department__in=departments, finished_at__isnull=False
    )
    _count_runs(runs, found)
    _count_scores(runs, found)
    _count_decisions(model, departments, found)
    return dict(sorted(found.items(), reverse=True))


def _count_runs(runs: Any, found: dict[Key, Tally]) -> None:
    rows = runs.order_by().annotate(month=TruncMonth("finished_at"))
    grouped = rows.values_list("month", "image__case__department__name", "state")
    for month, department, state, number in grouped.annotate(number=Count("pk")):
        tally = found[_key(month, department)]
        tally.done += number if state == InferenceRun.State.DONE else 0
        tally.failed += number if state == InferenceRun.State.FAILED else 0


def _count_scores(runs: Any, found: dict[Key, Tally]) -> None:
    scores = Detection.objects.filter(run__in=runs, x_min__isnull=True).order_by()
    binned = scores.annotate(
        month=TruncMonth("run__finished_at"),
        bin=Least(Floor(F("score") * BINS), BINS - 1.0, output_field=FloatField()),
    )
    grouped = binned.values_list("month", "run__image__case__department__name", "label", "bin")
    for month, department, label, place, number in grouped.annotate(number=Count("pk")):
        counts = found[_key(month, department)].scores.setdefault(label, [0] * BINS)
        counts[int(place)] += number


def _count_decisions(
    model: ModelVersion, departments: QuerySet[Department], found: dict[Key, Tally]
) -> None:
    """As the valid signed report has them: a read that was amended counts once."""
    findings = Finding.objects.filter(
        proposal__detection__run__model_version=model,
        case__department__in=departments,
        decision__in=DECIDED,
        review__report__isnull=False,
        review__report__superseded_by__isnull=True,
    ).order_by()
    months = findings.annotate(month=TruncMonth("proposal__detection__run__finished_at"))
    grouped = months.values_list("month", "case__department__name", "decision")
    for month, department, decision, number in grouped.annotate(number=Count("pk")):
        tally = found[_key(month, department)]
        name = str(decision).lower()
        setattr(tally, name, getattr(tally, name) + number)


def _key(month: Any, department: str) -> Key:
    return (month.strftime("%Y-%m") if month else "", department)


def summed(found: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in found:
        total.add(tally)
    return total


def grouped(found: dict[Key, Tally], place: int) -> dict[str, Tally]:
    """Summed by month (``place`` 0) or by department (1)."""
    groups: dict[str, Tally] = defaultdict(Tally)
    for key, tally in found.items():
        groups[key[place]].add(tally)
    return dict(groups)


def drifts(tally: Tally, reference: Reference | None) -> list[Drift]:
    """Every label of the tally, the most moved first; without a reference no index."""
    rows = []
    for label, counts in tally.scores.items():
        images = sum(counts)
        before = reference.counts.get(label) if reference else None
        index = None
        if before is not None and images >= LEAST_SCORES:
            value = stability_index(before, counts)
            index = None if math.isnan(value) else value
        rows.append(Drift(label, images, index, _shares(before or ()), _shares(counts)))
    return sorted(rows, key=lambda row: (-(row.index if row.index is not None else -1), row.label))


def _shares(counts: Iterable[int]) -> tuple[float, ...]:
    listed = list(counts)
    whole = sum(listed)
    return tuple(count / whole for count in listed) if whole else ()


def worst(tally: Tally, reference: Reference | None) -> Drift | None:
    """The label that moved most; None where nothing can be said."""
    first = next(iter(drifts(tally, reference)), None)
    return first if first is not None and first.index is not None else None
