"""Which reads are compared, and for whom: rows become the pure values that are counted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from annotations.comparison.agreement import CaseRead, Decided, ModelSaid, ReadCase
from annotations.comparison.changes import read_changes
from annotations.models import Finding, Review
from annotations.selectors import committed_read, stated_read
from cxrportal.accounts.models import Department, User
from cxrportal.accounts.permissions import (
    RESEARCHER,
    adjudicated_departments,
    department_ids,
    is_administrator,
)
from inference.models import InferenceRun
from inference.predict.labels import vocabulary_code

READS_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Scope:
    """Departments whose agreement ``user`` may see. ``named``: those where readers have names."""

    departments: tuple[Department, ...]
    named: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class AgreementQuery:
    """``department`` of the scope, or all of it; ``days`` back from now, or ever."""

    department: UUID | None = None
    days: int | None = 365


@dataclass(frozen=True, slots=True)
class AgreementData:
    """``names``: reader key -> name, or "Reader 1" where names are not for this user. ``more``:
    older reads than the newest 5,000 were left out.
    """

    cases: tuple[ReadCase, ...]
    names: dict[str, str]
    reads: int
    blind: int
    more: bool


def scope_of(user: User) -> Scope:
    """Adjudicators see their departments, administrators all; researchers theirs, without names."""
    active = Department.objects.filter(is_active=True).order_by("name")
    named = set(adjudicated_departments(user))
    if is_administrator(user):
        named = set(active.values_list("pk", flat=True))
    seen = named | set(department_ids(user, RESEARCHER))
    return Scope(tuple(active.filter(pk__in=seen)), frozenset(named))


def agreement_data(scope: Scope, query: AgreementQuery) -> AgreementData:
    """In seven queries, whatever the number of reads."""
    departments = [d.pk for d in scope.departments if query.department in (None, d.pk)]
    found = Review.objects.reads().filter(
        state=Review.State.COMPLETED, case__department__in=departments
    )
    if query.days is not None:
        found = found.filter(completed_at__gte=timezone.now() - timedelta(days=query.days))
    found = found.select_related("committed", "reader").prefetch_related("findings")
    reviews = list(found.order_by("-completed_at", "-id")[: READS_MOST + 1])
    more, reviews = len(reviews) > READS_MOST, reviews[:READS_MOST]
    by_case: dict[UUID, list[Review]] = defaultdict(list)
    for review in reversed(reviews):
        by_case[review.case_id].append(review)
    proposals = _proposals(list(by_case))
    models = _models(list(by_case), proposals)
    cases = tuple(
        ReadCase(
            reads=tuple(_read(review) for review in read),
            models=tuple(models[case]),
            decided=tuple(d for review in read for d in _decided(review, proposals[case])),
        )
        for case, read in by_case.items()
    )
    named = set(departments) <= scope.named
    blind = sum(hasattr(review, "committed") for review in reviews)
    return AgreementData(cases, _names(reviews, named=named), len(reviews), blind, more)


def _read(review: Review) -> CaseRead:
    now, before = stated_read(review), committed_read(review)
    if before is None:
        return CaseRead(str(review.reader_id), now)
    return CaseRead(str(review.reader_id), before, read_changes(before, now))


def _names(reviews: list[Review], *, named: bool) -> dict[str, str]:
    readers = {str(review.reader_id): str(review.reader) for review in reviews}
    if named:
        return dict(sorted(readers.items(), key=lambda item: item[1]))
    return {key: f"Reader {number}" for number, key in enumerate(sorted(readers), start=1)}


@dataclass(frozen=True, slots=True)
class _Proposal:
    key: UUID
    label: str
    model: str


def _proposals(case_ids: list[UUID]) -> defaultdict[UUID, list[_Proposal]]:
    rows = Finding.objects.proposed().filter(case__in=case_ids, detection__isnull=False)
    values = rows.values_list(
        "case", "pk", "label", "detection__run__model_version__name",
        "detection__run__model_version__version",
    )  # fmt: skip
    found: defaultdict[UUID, list[_Proposal]] = defaultdict(list)
    for case, key, label, name, version in values:
        found[case].append(_Proposal(key, label, f"{name} {version}"))
    return found


def _models(
    case_ids: list[UUID], proposals: dict[UUID, list[_Proposal]]
) -> defaultdict[UUID, list[ModelSaid]]:
    """Which versions analysed each case, also where they proposed nothing."""
    done = InferenceRun.objects.filter(image__case__in=case_ids, state=InferenceRun.State.DONE)
    values = done.exclude(model_version=None).values_list(
        "image__case", "model_version__name", "model_version__version", "model_version__labels"
    )
    known: dict[tuple[UUID, str], frozenset[str]] = {}
    for case, name, version, labels in values:
        known[(case, f"{name} {version}")] = frozenset(vocabulary_code(one) for one in labels)
    found: defaultdict[UUID, list[ModelSaid]] = defaultdict(list)
    for (case, model), labels in known.items():
        said = frozenset(p.label for p in proposals.get(case, []) if p.model == model)
        found[case].append(ModelSaid(model, labels, said))
    return found


def _decided(review: Review, proposals: list[_Proposal]) -> list[Decided]:
    made: dict[Any, str] = {f.proposal_id: f.decision for f in review.findings.all()}
    return [Decided(p.model, p.label, made.get(p.key, "")) for p in proposals]
