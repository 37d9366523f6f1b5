"""Filters of findings, reviews, reports and releases."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.utils import timezone

from cases.querysets import read_blind, read_by_several
from cxrportal.accounts.models import Department
from cxrportal.common.leases import LeasedQuerySet

if TYPE_CHECKING:
    from annotations.models import (  # noqa: F401  # named in a string
        CaseNote,
        DatasetImport,
        Exploration,
        Extraction,
        Finding,
        Measurement,
        Notification,
        Release,
        Review,
        SignedReport,
    )
    from cxrportal.accounts.models import User

Row = TypeVar("Row", bound=models.Model, covariant=True)
Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


class OfCaseQuerySet(models.QuerySet[Row]):
    """Rows that hang on a case: the rule of the case is the rule of the row."""

    def visible_to(self, user: User) -> Self:
        return self.filter(
            case__department__in=user.memberships.filter(role="clinician").values("department"),
            case__department__is_active=True,
        )


class ReviewQuerySet(OfCaseQuerySet["Review"]):
    """Filters of reviews."""

    def reads(self) -> Self:
        """Reads of a case as it came: neither a consensus, nor an amendment, nor imported."""
        return self.filter(kind="READ", amends=None, imported_from=None)

    def imported(self) -> Self:
        """Reads that came with a data set: they count for nobody's reading here."""
        return self.filter(imported_from__isnull=False)

    def consensus(self) -> Self:
        """What several reads came to, amendments of it included, once it is fixed."""
        return self.filter(kind="CONSENSUS", state="COMPLETED")

    def that_show_the_model(self) -> Self:
        """Reviews whose reader has committed, completed or compares the reads of others."""
        return self.filter(
            models.Q(state="COMPLETED")
            | models.Q(kind="CONSENSUS")
            | models.Q(committed__isnull=False)
        )

    def that_show_others(self) -> Self:
        """Reviews after which the reads of others bias nothing any more."""
        return self.filter(models.Q(state="COMPLETED") | models.Q(kind="CONSENSUS"))


class FindingQuerySet(OfCaseQuerySet["Finding"]):
    """Filters of findings."""

    def proposed(self) -> Self:
        """What a model put forward, before anybody judged it."""
        return self.filter(review__isnull=True)

    def stated(self) -> Self:
        """What a reader stands for: drawn, accepted or corrected."""
        return self.filter(review__isnull=False).exclude(decision="REJECTED")


class MeasurementQuerySet(OfCaseQuerySet["Measurement"]):
    """Filters of measurements."""


class NoteQuerySet(OfCaseQuerySet["CaseNote"]):
    """Filters of notes on cases."""


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Filters of notifications."""

    def visible_to(self, user: User) -> Self:
        """One's own, as far as the case is still one's department's."""
        return self.filter(
            recipient=user,
            note__case__department__in=user.memberships.filter(role="clinician").values(
                "department"
            ),
            note__case__department__is_active=True,
        )

    def unread(self) -> Self:
        return self.filter(read_at=None)


class ReportQuerySet(OfCaseQuerySet["SignedReport"]):
    """Filters of signed reports."""

    def readable_by(self, user: User) -> Self:
        """Visible, and not another reader's findings of a case that ``user`` is reading blind to
        them.
        """
        mine = user.reviews.all()
        reading = mine.filter(state="OPEN")
        blind = models.Q(case__in=reading.filter(read_blind("case__")).values("case"))
        blind &= ~models.Q(case__in=mine.that_show_the_model().values("case"))
        several = models.Q(
            case__in=reading.reads().filter(read_by_several("case__")).values("case")
        )
        several &= ~models.Q(case__in=mine.that_show_others().values("case"))
        return self.visible_to(user).exclude(blind | several)


def _researched_by(rows: Rows, user: User, departments: str) -> Rows:
    """Rows whose every department, found by this path, is one where ``user`` is a researcher."""
    mine = user.memberships.filter(role="researcher").values("department")
    others = Department.objects.exclude(pk__in=mine)
    taken = rows.filter(**{f"{departments}__in": mine})
    return taken.exclude(**{f"{departments}__in": others}).distinct()


class ReleaseQuerySet(LeasedQuerySet["Release"]):
    """Filters of dataset releases."""

    def visible_to(self, user: User) -> Self:
        """Releases whose every department is one where ``user`` is a researcher."""
        return _researched_by(self, user, "departments")

    def finish(self, pk: uuid.UUID, token: uuid.UUID, **values: object) -> None:
        """Sealed or failed, the key of its pseudonyms goes in the same UPDATE. Raises LeaseLost."""
        super().finish(pk, token, **values | {"key_salt": ""})


class DatasetImportQuerySet(LeasedQuerySet["DatasetImport"]):
    """Filters of imports."""

    def visible_to(self, user: User) -> Self:
        """Imports into departments in which ``user`` is a clinician: data sets hold identities."""
        mine = user.memberships.filter(role="clinician").values("department")
        return self.filter(department__in=mine, department__is_active=True)


class ExplorationQuerySet(LeasedQuerySet["Exploration"]):
    """Filters of explorations."""

    def visible_to(self, user: User) -> Self:
        """Those whose every department is one where ``user`` is a researcher."""
        return _researched_by(self, user, "departments")


class ExtractionQuerySet(LeasedQuerySet["Extraction"]):
    """Filters of extractions."""

    def visible_to(self, user: User) -> Self:
        """The rule of the release is the rule of what was derived from it."""
        return _researched_by(self, user, "release__departments")

    def expired(self) -> Self:
        """Files that are kept longer than was promised."""
        return self.filter(expires_at__lt=timezone.now()).exclude(archive_key="")
