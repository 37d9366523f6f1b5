"""A model in shadow beside the one that was shown, on the same new images."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import OuterRef, QuerySet, Subquery

from annotations.models import Finding, SignedReport
from cxrportal.accounts.models import Department
from inference.evaluation.bootstrap import Floats, Interval, draw_patients, intervals
from inference.evaluation.metrics import ranked, weighted_auroc
from inference.models import Detection, InferenceRun, ModelVersion
from inference.predict.labels import vocabulary_code
from inference.presentation import NAMES

IMAGES_MOST = 3000
RESAMPLES = 500
LEAST_CASES = 5


@dataclass(frozen=True, slots=True)
class Compared:
    """One finding. ``difference``: shadow minus shown. AUROC: None where too few were signed."""

    name: str
    images: int
    difference: float
    spread: float
    disagreement: float
    signed: int
    positives: int
    shown_auroc: Interval | None
    shadow_auroc: Interval | None


@dataclass(frozen=True, slots=True)
class _Look:
    """What one run said of one finding."""

    score: float
    over: bool


@dataclass(frozen=True, slots=True)
class _Pair:
    image: UUID
    case: UUID
    patient: str
    shown: dict[str, _Look]
    shadow: dict[str, _Look]


def compare_shadow(
    model: ModelVersion, departments: QuerySet[Department]
) -> tuple[int, list[Compared]]:
    """How many images both have read (the newest 3,000 count), and a row a shared finding."""
    pairs = _pairs(model, departments)
    stated = _stated({pair.case for pair in pairs})
    codes = sorted({code for pair in pairs for code in pair.shown if code in pair.shadow})
    return len(pairs), [_compared(code, pairs, stated) for code in codes]


def _pairs(model: ModelVersion, departments: QuerySet[Department]) -> list[_Pair]:
    done = InferenceRun.State.DONE
    shown = InferenceRun.objects.filter(image=OuterRef("image"), state=done)
    looked = InferenceRun.with_shadow.filter(
        model_version=model, shadow=True, state=done, image__case__department__in=departments
    ).annotate(shown_run=Subquery(shown.order_by("-created_at").values("pk")[:1]))
    rows = list(
        looked.filter(shown_run__isnull=False)
        .order_by("-finished_at")
        .values_list("pk", "shown_run", "image", "image__case", "image__case__patient")[
            :IMAGES_MOST
        ]
    )
    looks = _looks([pk for row in rows for pk in row[:2]])
    return [
        _Pair(image, case, str(patient), looks[seen], looks[mine])
        for mine, seen, image, case, patient in rows
    ]


def _looks(runs: Sequence[UUID]) -> dict[UUID, dict[str, _Look]]:
    found: dict[UUID, dict[str, _Look]] = defaultdict(dict)
    for start in range(0, len(runs), 500):
        whole = Detection.objects.filter(run__in=runs[start : start + 500], x_min__isnull=True)
        for run, label, score, threshold in whole.values_list("run", "label", "score", "threshold"):
            found[run][vocabulary_code(label)] = _Look(score, score >= threshold)
    return found


def _stated(cases: set[UUID]) -> dict[UUID, set[tuple[UUID, str]]]:
    """Of each signed case: (image, finding) that its valid report states."""
    reports: Any = SignedReport.objects.filter(superseded_by__isnull=True)
    reviews = dict(reports.filter(case__in=cases).values_list("review", "case"))
    found: dict[UUID, set[tuple[UUID, str]]] = {case: set() for case in reviews.values()}
    findings = Finding.objects.filter(review__in=reviews).stated()
    for review, image, label in findings.values_list("review", "image", "label"):
        found[reviews[review]].add((image, label))
    return found


def _compared(code: str, pairs: list[_Pair], stated: dict[UUID, set[tuple[UUID, str]]]) -> Compared:
    both = [pair for pair in pairs if code in pair.shown and code in pair.shadow]
    differences = np.array([p.shadow[code].score - p.shown[code].score for p in both])
    signed = [pair for pair in both if pair.case in stated]
    truth = np.array([(pair.image, code) in stated[pair.case] for pair in signed], dtype=bool)
    positives = int(truth.sum())
    areas: list[Interval | None] = [None, None]
    if min(positives, len(signed) - positives) >= LEAST_CASES:
        areas = list(_areas(code, signed, truth))
    return Compared(
        name=NAMES.get(code, code),
        images=len(both),
        difference=float(differences.mean()),
        spread=float(differences.std(ddof=1)) if len(both) > 1 else 0.0,
        disagreement=sum(p.shown[code].over != p.shadow[code].over for p in both) / len(both),
        signed=len(signed),
        positives=positives,
        shown_auroc=areas[0],
        shadow_auroc=areas[1],
    )


def _areas(code: str, signed: list[_Pair], truth: np.ndarray[Any, Any]) -> list[Interval]:
    """AUROC of both, each with its interval over the same draws of patients."""
    sides = [
        ranked(np.array([look.score for look in looks]), truth)
        for looks in (
            [pair.shown[code] for pair in signed],
            [pair.shadow[code] for pair in signed],
        )
    ]

    def statistic(weights: Floats) -> Floats:
        return np.stack([weighted_auroc(side, weights) for side in sides], axis=1)

    return intervals(statistic, draw_patients([p.patient for p in signed], RESAMPLES, 0))
