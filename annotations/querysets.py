"""Filters of findings, reviews, reports and releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

from cxrportal.accounts.models import Department
from cxrportal.common.leases import LeasedQuerySet

if TYPE_CHECKING:
    from annotations.models import Finding, Release, Review, SignedReport  # noqa: F401  # named in a string
    from cxrportal.accounts.models import User

Row = TypeVar("Row", bound=models.Model, covariant=True)


class OfCaseQuerySet(models.QuerySet[Row]):
    """Rows that hang on a case: the rule of the case is the rule of the row."""

    def visible_to(self, user: User) -> Self:
        return self.filter(
            case__department__in=user.memberships.filter(role="clinician").values("department"),
            case__department__is_active=True,
        )


class ReviewQuerySet(OfCaseQuerySet["Review"]):
    """Filters of reviews."""


class FindingQuerySet(OfCaseQuerySet["Finding"]):
    """Filters of findings."""

    def proposed(self) -> Self:
        """What a model put forward, before anybody judged it."""
        return self.filter(review__isnull=True)

    def stated(self) -> Self:
        """What a reader stands for: drawn, accepted or corrected."""
        return self.filter(review__isnull=False).exclude(decision="REJECTED")


class ReportQuerySet(OfCaseQuerySet["SignedReport"]):
    """Filters of signed reports."""

    def readable_by(self, user: User) -> Self:
        """Visible, and not the other reader's findings of a case that ``user`` is reading blind."""
        reading = user.reviews.filter(state="OPEN", case__department__blind_reads=True)
        done = user.reviews.filter(state="COMPLETED")
        return self.visible_to(user).exclude(
            models.Q(case__in=reading.values("case")) & ~models.Q(case__in=done.values("case"))
        )


class ReleaseQuerySet(LeasedQuerySet["Release"]):
    """Filters of dataset releases."""

    def visible_to(self, user: User) -> Self:
        """Releases whose every department is one where ``user`` is a researcher."""
        mine = user.memberships.filter(role="researcher").values("department")
        others = Department.objects.exclude(pk__in=mine)
        return self.filter(departments__in=mine).exclude(departments__in=others).distinct()
