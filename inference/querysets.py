"""Filters of runs and models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from cxrportal.accounts.models import Department
from cxrportal.common.leases import LeasedQuerySet

if TYPE_CHECKING:
    from cxrportal.accounts.models import User
    from inference.models import InferenceRun, TrainingRun  # noqa: F401  # named in a string


class RunQuerySet(LeasedQuerySet["InferenceRun"]):
    """Filters of inference runs."""

    def shown(self) -> Self:
        """Runs whose output people see: not those of a model in shadow."""
        return self.filter(shadow=False)

    def visible_to(self, user: User) -> Self:
        return self.filter(
            image__case__department__in=user.memberships.filter(role="clinician").values(
                "department"
            ),
            image__case__department__is_active=True,
        )


class RunManager(models.Manager.from_queryset(RunQuerySet)):  # type: ignore[misc]
    """Shown runs alone; being the default manager it also answers for ``image.runs``."""

    def get_queryset(self) -> RunQuerySet:
        return super().get_queryset().shown()  # type: ignore[no-any-return]


class TrainingQuerySet(LeasedQuerySet["TrainingRun"]):
    """Filters of trainings."""

    def visible_to(self, user: User) -> Self:
        """Trainings whose every department is one where ``user`` is a researcher."""
        mine = user.memberships.filter(role="researcher").values("department")
        others = Department.objects.exclude(pk__in=mine)
        return self.filter(departments__in=mine).exclude(departments__in=others).distinct()
