"""Where a person works, and as what."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower


class Department(models.Model):
    """A group of clinicians who see the same patients."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    second_factor_required = models.BooleanField(default=False)
    blind_reads = models.BooleanField(
        default=False,
        help_text="Model and other readers' findings stay hidden until a read is committed.",
    )
    reads_per_case = models.PositiveSmallIntegerField(
        choices=((1, "One read"), (2, "Two reads"), (3, "Three reads")),
        default=1,
        help_text="Several reads are made without sight of each other; where they differ, an "
        "adjudicator decides.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(Lower("name"), name="department_name_unique"),
            models.CheckConstraint(
                condition=models.Q(reads_per_case__range=(1, 3)),
                name="department_one_to_three_reads",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One role of one person in one department."""

    class Role(models.TextChoices):
        CLINICIAN = "clinician", "Clinician"
        RESEARCHER = "researcher", "Researcher"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    adjudicator = models.BooleanField(default=False)
    may_read = models.BooleanField(
        "may read cases", default=True, help_text="Opens reads and amendments, and signs."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("department__name", "role")
        constraints = (
            models.UniqueConstraint(
                fields=("user", "department", "role"), name="membership_role_once"
            ),
            models.CheckConstraint(
                condition=models.Q(adjudicator=False) | models.Q(role="clinician"),
                name="membership_adjudicator_is_clinician",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} - {self.get_role_display()} - {self.department}"
