"""Arrays, tables and features that were derived from a sealed release."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from annotations.querysets import ExtractionQuerySet
from cxrportal.common.leases import LeasedWork


class Extraction(LeasedWork):
    """``options``: annotations.extracting.options.ExtractionOptions, as JSON.

    ``result``: how many images came out, and the codes of those that did not.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    release = models.ForeignKey(
        "annotations.Release", on_delete=models.PROTECT, related_name="extractions"
    )
    options = models.JSONField(default=dict)
    images_total = models.PositiveIntegerField(default=0)
    images_done = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict, blank=True)
    archive_key = models.CharField(
        max_length=200, blank=True, help_text="Empty once the file has expired."
    )
    archive_sha256 = models.CharField(max_length=64, blank=True)
    archive_bytes = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="extractions"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ExtractionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"Extraction of {self.release}"
