"""Data sets of others, brought in as cases and as reads of readers who are not here."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from annotations.imports.types import Format
from annotations.querysets import DatasetImportQuerySet
from cxrportal.common.leases import LeasedWork

FORMATS = (
    (Format.PORTAL.value, "CSV of a release"),
    (Format.COCO.value, "COCO"),
    (Format.YOLO.value, "YOLO"),
    (Format.VINBIGDATA.value, "VinBigData"),
    (Format.CHESTXRAY14.value, "ChestX-ray14"),
)


class DatasetImport(LeasedWork):
    """One run over a data set. A dry run counts and says what is wrong, and stores nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    department = models.ForeignKey(
        "accounts.Department", on_delete=models.PROTECT, related_name="imports"
    )
    source = models.SlugField(max_length=40, help_text="The data set: the same name, the same set.")
    format = models.CharField(max_length=12, choices=FORMATS, blank=True)
    options = models.JSONField(default=dict, blank=True)
    dry_run = models.BooleanField(default=False)
    file_name = models.CharField(max_length=255, blank=True)
    archive_key = models.CharField(max_length=200, blank=True)
    images_total = models.PositiveIntegerField(default=0)
    images_done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)
    problems_total = models.PositiveIntegerField(default=0)
    problems_key = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imports"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DatasetImportQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.source} (dry run)" if self.dry_run else self.source


class ImportedImage(models.Model):
    """An image as a data set names it. ``age_years``: at the study, where only the set says it."""

    source = models.SlugField(max_length=40)
    image = models.ForeignKey("cases.Image", on_delete=models.CASCADE, related_name="imported_as")
    key = models.CharField(max_length=255)
    age_years = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("source", "image"), name="imported_image_once"),
        )
        indexes = (models.Index(fields=("source", "key"), name="imported_image_by_key"),)

    def __str__(self) -> str:
        return f"{self.key} of {self.source}"
