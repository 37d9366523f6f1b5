"""What a reader keeps about the worklist: flags and filters."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Flag(models.Model):
    """A reader's own mark on a case; nobody else sees it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="flags"
    )
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="flags")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "case"), name="flag_once"),)

    def __str__(self) -> str:
        return f"{self.case} flagged by {self.user}"


class SavedFilter(models.Model):
    """A named question to the worklist. The default one opens with it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters"
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1_000, blank=True, help_text="As in the address.")
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("user", "name"), name="saved_filter_name_once"),
            models.UniqueConstraint(
                fields=("user",), condition=Q(is_default=True), name="saved_filter_one_default"
            ),
        )

    def __str__(self) -> str:
        return self.name
