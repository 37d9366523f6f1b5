"""Filters of runs and models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from cxrportal.common.leases import LeasedQuerySet

if TYPE_CHECKING:
    from cxrportal.accounts.models import User
    from inference.models import InferenceRun  # noqa: F401  # named in a string


class RunQuerySet(LeasedQuerySet["InferenceRun"]):
    """Filters of inference runs."""

    def visible_to(self, user: User) -> Self:
        return self.filter(
            image__case__department__in=user.memberships.filter(role="clinician").values(
                "department"
            ),
            image__case__department__is_active=True,
        )
