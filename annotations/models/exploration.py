"""Figures and tables on a release, or on reads that a filter takes, without anybody in them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from annotations.querysets import ExplorationQuerySet
from cxrportal.common.leases import LeasedWork


class Exploration(LeasedWork):
    """One look at annotations. ``result``: annotations.exploring.result.Result, as JSON."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    release = models.ForeignKey(
        "annotations.Release",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="explorations",
        help_text="Empty: the database, by departments and filters.",
    )
    departments = models.ManyToManyField("accounts.Department", related_name="explorations")
    filters = models.JSONField(default=dict, blank=True)
    result = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="explorations"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ExplorationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"Annotations of {self.release or 'the database'}"
