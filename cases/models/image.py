"""One SOP instance or one uploaded picture, and the receipt of its upload."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.models.case import Case
from cases.querysets import ImageQuerySet
from cxrportal.common.leases import LeasedWork


class Image(LeasedWork):
    """The stored original and what ingest made of it; the inherited state is that of the ingest."""

    class Kind(models.TextChoices):
        DICOM = "dicom", "DICOM"
        PNG = "png", "PNG"
        JPEG = "jpeg", "JPEG"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="images")
    department = models.ForeignKey(
        "accounts.Department", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=5, choices=Kind)
    sha256 = models.CharField(max_length=64, help_text="Of the original file.")
    pixel_sha256 = models.CharField(max_length=64, help_text="Of the decoded stored values.")
    size_bytes = models.PositiveBigIntegerField()
    original_name = models.CharField(max_length=255, blank=True)
    original_key = models.CharField(max_length=200)
    sop_instance_uid = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    view_position = models.CharField(max_length=16, blank=True)
    facts = models.JSONField(help_text="cases.dicom.types.ImageFacts, as JSON.")
    warnings = models.JSONField(default=list, blank=True)
    analysable = models.BooleanField(
        default=True, help_text="False where the header says: not a human chest."
    )
    pixels_key = models.CharField(max_length=200, blank=True)
    display_key = models.CharField(max_length=200, blank=True)
    thumbnail_key = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ImageQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("department", "sha256"), name="image_file_once"),
            models.UniqueConstraint(
                fields=("department", "sop_instance_uid"),
                condition=~Q(sop_instance_uid=""),
                name="image_sop_instance_once",
            ),
            models.CheckConstraint(
                condition=Q(rows__gt=0) & Q(columns__gt=0), name="image_has_pixels"
            ),
        )
        indexes = (models.Index(fields=("state", "lease_until"), name="image_due"),)

    def __str__(self) -> str:
        return self.original_name or str(self.pk)


class Upload(models.Model):
    """The receipt of one accepted file: what the browser or program was told."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        DUPLICATE = "duplicate", "Already here"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="uploads")
    file_name = models.CharField(max_length=255, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome)
    warnings = models.JSONField(default=list, blank=True)
    via_api = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.file_name}: {self.outcome}"
