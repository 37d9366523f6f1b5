"""The whole flow on one page: what is due, and which task does it.

    upload -> ingest -> infer -> propose findings -> read -> sign -> report, release -> train

The rows say what is due; the broker is only a nudge. ``nudge`` runs after a case moved, ``sweep``
runs every few seconds and picks up what a crash, a full disk or a broker that was away left behind.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from celery import Task
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotations.exploring import selectors as exploring
from annotations.exploring.tasks import run_exploration_task
from annotations.extracting import selectors as extracting
from annotations.extracting.tasks import expire_extraction_task, run_extraction_task
from annotations.importing import selectors as imports
from annotations.importing.tasks import run_import_task
from annotations.reading.services.proposals import case_settle as case_settle_proposed
from annotations.reading.tasks import propose_findings_task
from annotations.releases import selectors as releases
from annotations.releases.tasks import build_release_task
from annotations.retraining import selectors as retraining
from annotations.retraining.tasks import check_promotion_task, train_release_task
from annotations.selectors import case_is_proposed, runs_to_propose
from cases.models import Case
from cases.selectors import case_is_ingested, images_to_ingest
from cases.services.ingest import case_settle as case_settle_ingested
from cases.tasks import ingest_image_task
from cases.workflow import case_advanced
from inference.selectors import case_is_analysed, runs_to_infer, shadow_runs_to_infer
from inference.services.infer import case_settle_analysed
from inference.services.runs import runs_ensure
from inference.services.shadow import shadow_runs_ensure
from inference.tasks import infer_run_task

logger = logging.getLogger(__name__)
SWEEP_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Stage:
    """One row of the flow: what is due (for one case or all), and the task that does it."""

    name: str
    due: Callable[[UUID | None], Any]
    task: Task


STAGES = (
    Stage("ingest", images_to_ingest, ingest_image_task),
    Stage("infer", runs_to_infer, infer_run_task),
    Stage("propose", runs_to_propose, propose_findings_task),
    Stage("explore", exploring.explorations_to_run, run_exploration_task),
    Stage("extract", extracting.extractions_to_run, run_extraction_task),
    Stage("expire", extracting.extractions_to_expire, expire_extraction_task),
    Stage("import", imports.imports_to_run, run_import_task),
    Stage("release", releases.releases_to_build, build_release_task),
    Stage("shadow", shadow_runs_to_infer, infer_run_task),
    Stage("train", retraining.trainings_to_run, train_release_task),
    Stage("compare", retraining.checks_to_run, check_promotion_task),
)


SETTLED = (
    (Case.Status.RECEIVED, case_is_ingested, case_settle_ingested),
    (Case.Status.INGESTED, case_is_analysed, case_settle_analysed),
    (Case.Status.ANALYSED, case_is_proposed, case_settle_proposed),
)


def connect() -> None:
    """Listen to the one signal."""
    case_advanced.connect(_on_case_advanced, dispatch_uid="pipeline")


def _on_case_advanced(case_id: UUID, **_: object) -> None:
    nudge(case_id)


def nudge(case_id: UUID | None = None) -> int:
    """Enqueue what is due, for one case or for all. Returns how many tasks were sent."""
    runs_ensure(case_id=case_id)
    if case_id is None:
        shadow_runs_ensure()
    _settle(case_id)
    return sum(_send(stage, stage.due(case_id)) for stage in STAGES)


def sweep() -> int:
    """What ``beat`` calls: the same, for everything."""
    return nudge(None)


def _settle(case_id: UUID | None) -> None:
    """Move on cases that nothing holds back any more: their images failed, a crash came between."""
    for status, ready, settle in SETTLED:
        cases = Case.objects.filter(status=status)
        for case in cases.filter(pk=case_id) if case_id else cases[:SWEEP_LIMIT]:
            if ready(case):
                settle(case_id=case.pk)


def _send(stage: Stage, due: Any) -> int:
    """Enqueue ids and mark them as nudged; a broker that is away leaves them for the next sweep."""
    sent = 0
    ids: Iterable[UUID] = list(due.values_list("pk", flat=True)[:SWEEP_LIMIT])
    for pk in ids:
        try:
            stage.task.apply_async(args=(str(pk),), retry=False)
        except (OperationalError, OSError) as error:
            logger.warning("broker away, %s %s waits for the sweep: %s", stage.name, pk, error)
            break
        due.model._base_manager.filter(pk=pk).update(nudged_at=timezone.now())
        sent += 1
    return sent
