"""Work that survives the death of whoever does it.

A row is claimed by one conditional UPDATE that writes a fencing token and a lease; a heartbeat
renews the lease while the work runs outside any transaction; only the holder of the token may
finish. A lease that ran out is due again: a killed worker loses nothing, nothing is done twice.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Self, TypeVar

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, models
from django.db.models import F, Q
from django.utils import timezone

from cxrportal.common.errors import PortalError

Row = TypeVar("Row", bound="LeasedWork", covariant=True)


class LeaseLost(PortalError):
    """Another worker took the row over: this result must not be written."""

    code = "lease_lost"
    http_status = 409
    default_message = "Another worker has taken over this piece of work."


class LeasedQuerySet(models.QuerySet[Row]):
    """What is due, and the one way to claim it."""

    def due(self) -> Self:
        """Never nudged, nudged but not fetched within a lease, or abandoned by its worker."""
        now = timezone.now()
        stale = now - timedelta(seconds=settings.LEASE_S)
        waiting = Q(state=LeasedWork.State.WAITING)
        return self.filter(
            (waiting & (Q(nudged_at__isnull=True) | Q(nudged_at__lt=stale)))
            | Q(state=LeasedWork.State.RUNNING, lease_until__lt=now)
        )

    def unfinished(self) -> Self:
        return self.filter(state__in=(LeasedWork.State.WAITING, LeasedWork.State.RUNNING))

    def claim(self, pk: uuid.UUID) -> uuid.UUID | None:
        """The fencing token when this caller may work on the row, else None."""
        now, token = timezone.now(), uuid.uuid4()
        free = Q(state=LeasedWork.State.WAITING) | Q(
            state=LeasedWork.State.RUNNING, lease_until__lt=now
        )
        won = self.filter(free, pk=pk).update(
            state=LeasedWork.State.RUNNING,
            lease_token=token,
            lease_until=now + timedelta(seconds=settings.LEASE_S),
            attempts=F("attempts") + 1,
            started_at=now,
            code="",
            message="",
        )
        return token if won else None

    def renew(self, pk: uuid.UUID, token: uuid.UUID) -> bool:
        until = timezone.now() + timedelta(seconds=settings.LEASE_S)
        return bool(self.filter(pk=pk, lease_token=token).update(lease_until=until))

    def finish(self, pk: uuid.UUID, token: uuid.UUID, **values: object) -> None:
        """Close the row with ``values`` (state DONE unless given). Raises LeaseLost."""
        fields: dict[str, object] = {"state": LeasedWork.State.DONE, "finished_at": timezone.now()}
        fields |= values | {"lease_token": None, "lease_until": None}
        if not self.filter(pk=pk, lease_token=token).update(**fields):
            raise LeaseLost

    def fail(self, pk: uuid.UUID, token: uuid.UUID, error: PortalError) -> None:
        self.finish(pk, token, **failure(error))


class LeasedWork(models.Model):
    """State, lease and outcome of one piece of background work."""

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        RUNNING = "RUNNING", "Running"
        DONE = "DONE", "Done"
        FAILED = "FAILED", "Failed"

    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    code = models.CharField(max_length=64, blank=True)
    message = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    nudged_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


def failure(error: PortalError) -> dict[str, object]:
    """The columns of a row that failed for good."""
    state = LeasedWork.State.FAILED
    return {"state": state, "code": error.code, "message": error.message[:500]}


@contextmanager
def held_lease(
    queryset: LeasedQuerySet[Any], pk: uuid.UUID, token: uuid.UUID
) -> Iterator[threading.Event]:
    """Renew the lease from a thread of its own; the event is set when the lease was lost."""
    stop, lost = threading.Event(), threading.Event()
    rows = queryset.all()

    def beat() -> None:
        try:
            while not stop.wait(settings.HEARTBEAT_S):
                try:
                    close_old_connections()
                    if not rows.renew(pk, token):
                        lost.set()
                        return
                except DatabaseError:  # away now, perhaps back at the next beat
                    continue
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"lease-{pk}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        stop.set()
        thread.join(timeout=5)


class AttemptsExhausted(PortalError):
    code = "attempts_exhausted"
    http_status = 500
    default_message = "The worker stopped several times over this piece of work."


def exhausted(queryset: LeasedQuerySet[Any], pk: uuid.UUID, token: uuid.UUID) -> bool:
    """Fail a row that took its workers down too often. Returns whether it did."""
    if not queryset.filter(pk=pk, attempts__gt=settings.MAX_ATTEMPTS).exists():
        return False
    queryset.fail(pk, token, AttemptsExhausted())
    return True


# Its token, and the event that is set when the lease was lost -> the columns that close the row.
Work = Callable[[uuid.UUID, threading.Event], Mapping[str, object]]


def carry_out(queryset: LeasedQuerySet[Any], pk: uuid.UUID, work: Work) -> bool:
    """Claim the row, do ``work`` under the lease, close the row. True where this call finished it.

    A row that another worker has, now or meanwhile, is left alone; an expected failure closes it.
    """
    token = queryset.claim(pk)
    if token is None:
        return False
    with suppress(LeaseLost):
        if exhausted(queryset, pk, token):
            return False
        try:
            with held_lease(queryset, pk, token) as lost:
                done = work(token, lost)
        except LeaseLost:
            return False
        except PortalError as error:
            queryset.fail(pk, token, error)
            return False
        queryset.finish(pk, token, **done)
        return True
    return False
