"""Which patients a user may see, and how they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from cxrportal.accounts.permissions import CLINICIAN, department_ids
from patients.names import searchable

if TYPE_CHECKING:
    from cxrportal.accounts.models import User
    from patients.models import Patient  # noqa: F401  # named in a string


class PatientQuerySet(models.QuerySet["Patient"]):
    """Filters of patients."""

    def visible_to(self, user: User) -> Self:
        """Patients of the departments in which ``user`` is a clinician; no one else's."""
        return self.filter(department__in=department_ids(user, CLINICIAN))

    def active(self) -> Self:
        return self.filter(is_archived=False, merged_into__isnull=True)

    def confirmed(self) -> Self:
        return self.filter(confirmed=True)

    def matching(self, text: str) -> Self:
        """Every word starts a word of the name, or the whole text starts the MRN."""
        words = searchable(text).split()
        if not words:
            return self
        by_name = Q()
        for word in words:
            by_name &= Q(search_name__startswith=word) | Q(search_name__contains=f" {word}")
        return self.filter(by_name | Q(mrn__istartswith=text.strip()))
