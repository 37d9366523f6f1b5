"""What the background work waits for, and whether anybody does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q
from django.utils import timezone

from annotations.worklist.selectors import duration
from cases.models import Image
from cxrportal.accounts.models import User
from cxrportal.common.leases import LeasedQuerySet, LeasedWork
from inference.models import InferenceRun

State = LeasedWork.State


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """One kind of work. ``oldest`` is the age of the oldest untaken row, or empty."""

    name: str
    waiting: int
    running: int
    failed: int
    oldest: str
    stalled: bool


def queues_of(user: User) -> list[QueueHealth]:
    """The work of the departments in which ``user`` is a clinician."""
    return [
        _health("Preparing images", Image.objects.visible_to(user), Image.objects.all()),
        _health("Analysis", InferenceRun.objects.visible_to(user), InferenceRun.objects.all()),
    ]


def all_queues() -> list[QueueHealth]:
    return [
        _health("Preparing images", Image.objects.all(), Image.objects.all()),
        _health("Analysis", InferenceRun.objects.all(), InferenceRun.objects.all()),
    ]


def _health(name: str, rows: LeasedQuerySet[Any], everywhere: LeasedQuerySet[Any]) -> QueueHealth:
    """``rows`` are counted; whether workers are alive shows ``everywhere``."""
    states = (State.WAITING, State.RUNNING, State.FAILED)
    found = rows.filter(state__in=states).aggregate(
        **{state.value: Count("pk", filter=Q(state=state)) for state in states},
        since=Min("created_at", filter=_untaken()),
    )
    since = found["since"]
    return QueueHealth(
        name=name,
        waiting=found[State.WAITING],
        running=found[State.RUNNING],
        failed=found[State.FAILED],
        oldest=duration(timezone.now() - since) if since else "",
        stalled=_overdue(since) and not _somebody_works(everywhere),
    )


def _untaken() -> Q:
    """Waiting, or left by its worker. Unlike ``due()`` also what was nudged a moment ago: where no
    worker listens, the sweep nudges again and again.
    """
    abandoned = Q(state=State.RUNNING, lease_until__lt=timezone.now())
    return Q(state=State.WAITING) | abandoned


def _overdue(since: datetime | None) -> bool:
    return since is not None and since < timezone.now() - _patience()


def _somebody_works(rows: LeasedQuerySet[Any]) -> bool:
    """A lease is held, or a row was finished a moment ago: a long queue alone is no fault."""
    now = timezone.now()
    held = Q(state=State.RUNNING, lease_until__gte=now)
    return rows.filter(held | Q(finished_at__gte=now - _patience())).exists()


def _patience() -> timedelta:
    return timedelta(seconds=2 * settings.LEASE_S)
