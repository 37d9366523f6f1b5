"""Which cases and images a user may see, and the filters of the worklist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from cxrportal.common.leases import LeasedQuerySet

if TYPE_CHECKING:
    from cases.models import Case, Image  # noqa: F401  # named in a string
    from cxrportal.accounts.models import User


class CaseQuerySet(models.QuerySet["Case"]):
    """Filters of cases."""

    def visible_to(self, user: User) -> Self:
        """Cases of the departments in which ``user`` is a clinician; no one else's."""
        return self.filter(
            department__in=user.memberships.filter(role="clinician").values("department"),
            department__is_active=True,
        )

    def active(self) -> Self:
        return self.filter(is_archived=False)

    def awaiting_review(self) -> Self:
        return self.filter(status__in=("PROPOSED", "IN_REVIEW"))

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
