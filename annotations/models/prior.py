"""How a reader compares findings with a prior study."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class PriorMark(models.Model):
    """One word on one finding: how a prior one has changed, or that one of this read is new."""

    class Mark(models.TextChoices):
        NEW = "NEW", "New"
        STABLE = "STABLE", "Stable"
        WORSE = "WORSE", "Worse"
        IMPROVED = "IMPROVED", "Improved"
        RESOLVED = "RESOLVED", "Resolved"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(
        "annotations.Review", on_delete=models.CASCADE, related_name="prior_marks"
    )
    finding = models.ForeignKey("annotations.Finding", on_delete=models.CASCADE, related_name="+")
    client_id = models.UUIDField(default=uuid.uuid4)
    mark = models.CharField(max_length=8, choices=Mark)
    version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("review", "finding"), name="prior_mark_once_per_finding"
            ),
            models.UniqueConstraint(
                fields=("review", "client_id"), name="prior_mark_client_id_once_per_review"
            ),
            models.CheckConstraint(
                condition=Q(mark__in=("NEW", "STABLE", "WORSE", "IMPROVED", "RESOLVED")),
                name="prior_mark_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.finding}: {self.get_mark_display()}"
