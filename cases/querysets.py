"""Which cases and images a user may see, and the filters of the worklist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from cxrportal.accounts.permissions import CLINICIAN, department_ids
from cxrportal.common.leases import LeasedQuerySet

if TYPE_CHECKING:
    from cases.models import Case, Image  # noqa: F401  # named in a string
    from cxrportal.accounts.models import User

TO_READ = ("PROPOSED", "IN_REVIEW")


def read_blind(prefix: str = "") -> Q:
    """Cases whose readers see nothing of the model before they commit; else the department's."""
    own, department = f"{prefix}read_blind", f"{prefix}department__blind_reads"
    return Q(**{own: True}) | Q(**{f"{own}__isnull": True, department: True})


def read_openly(prefix: str = "") -> Q:
    """The other cases. (A negated ``read_blind`` would lose rows to NULL.)"""
    own, department = f"{prefix}read_blind", f"{prefix}department__blind_reads"
    return Q(**{own: False}) | Q(**{f"{own}__isnull": True, department: False})


def read_by_several(prefix: str = "") -> Q:
    """Cases that need more than one read."""
    own, department = f"{prefix}reads_needed", f"{prefix}department__reads_per_case"
    return Q(**{f"{own}__gt": 1}) | Q(**{f"{own}__isnull": True, f"{department}__gt": 1})


def read_by_one(prefix: str = "") -> Q:
    own, department = f"{prefix}reads_needed", f"{prefix}department__reads_per_case"
    return Q(**{own: 1}) | Q(**{f"{own}__isnull": True, department: 1})


class CaseQuerySet(models.QuerySet["Case"]):
    """Filters of cases."""

    def visible_to(self, user: User) -> Self:
        """Cases of the departments in which ``user`` is a clinician; no one else's.

        The departments go in by key, not as a subquery, so that the indexes of a department serve.
        """
        return self.filter(department__in=department_ids(user, CLINICIAN))

    def active(self) -> Self:
        return self.filter(is_archived=False)

    def awaiting_review(self) -> Self:
        return self.filter(status__in=TO_READ)

    def signed(self) -> Self:
        return self.filter(status__in=("SIGNED", "AMENDED"))

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")

    def oldest_first(self) -> Self:
        return self.order_by("created_at", "id")


class ImageQuerySet(LeasedQuerySet["Image"]):
    """Filters of images."""

    def visible_to(self, user: User) -> Self:
        return self.filter(
            case__department__in=user.memberships.filter(role="clinician").values("department"),
            case__department__is_active=True,
        )

    def with_doubtful_pixels(self) -> Self:
        """Prepared images whose header announces text, or in whose picture text is suspected."""
        return self.filter(
            Q(text_check__region_count__gt=0) | Q(facts__study__burned_in="YES"),
            state="DONE",
            case__is_archived=False,
        )

    def awaiting_text_review(self) -> Self:
        """Doubtful ones that nobody has looked at: they stay out of every release."""
        return self.with_doubtful_pixels().filter(text_reviews=None)

    def awaiting_quick_text_review(self, most_regions: int) -> Self:
        """Those of few regions whose header announces nothing: crops show all that is suspected."""
        few = self.awaiting_text_review().filter(text_check__region_count__lte=most_regions)
        return few.exclude(facts__study__burned_in="YES")
