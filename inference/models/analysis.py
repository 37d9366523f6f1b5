"""Which model looked at which image, when, and what it put out."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from cxrportal.common.leases import LeasedWork
from inference.querysets import RunManager, RunQuerySet


class ModelVersion(models.Model):
    """One checkpoint, known by the SHA-256 of its files; at most one is active."""

    class Stage(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        ACTIVE = "active", "Active"
        RETIRED = "retired", "Retired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, unique=True)
    path = models.CharField(max_length=300, help_text="Folder of the checkpoint.")
    stage = models.CharField(max_length=9, choices=Stage, default=Stage.CANDIDATE)
    labels = models.JSONField()
    thresholds = models.JSONField()
    metrics = models.JSONField(default=dict, blank=True)
    calibrated = models.BooleanField(default=False)
    calibration = models.JSONField(
        null=True, blank=True, help_text="Slopes, offsets and what they were fitted on."
    )
    card = models.TextField(blank=True)
    runtime = models.CharField(
        max_length=20, blank=True, help_text="What computes it where it was checked last."
    )
    runtime_note = models.TextField(blank=True, help_text="What the check of runtimes found.")
    created_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    shadow = models.BooleanField(
        default=False, help_text="Also looks at new images, without anybody being shown it."
    )
    shadow_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("stage",), condition=Q(stage="active"), name="model_one_active"
            ),
            models.CheckConstraint(
                condition=Q(shadow=False) | Q(stage="candidate", shadow_since__isnull=False),
                name="model_shadow_is_candidate",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class InferenceRun(LeasedWork):
    """The analysis of one image by one model; there is one such row, whatever is redelivered.

    ``objects`` leaves shadow runs out, related managers too: nobody is shown them by accident.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    image = models.ForeignKey("cases.Image", on_delete=models.CASCADE, related_name="runs")
    model_version = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="runs"
    )
    timings_s = models.JSONField(default=dict, blank=True)
    runtime = models.CharField(max_length=20, blank=True, help_text="What computed the network.")
    quality = models.JSONField(
        default=dict, blank=True, help_text="The input gate's verdict: refused, reasons."
    )
    proposed_at = models.DateTimeField(null=True, blank=True)
    shadow = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RunManager()
    with_shadow = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("image", "model_version"), name="run_once_per_image_and_model"
            ),
            models.UniqueConstraint(
                fields=("image",),
                condition=Q(model_version__isnull=True),
                name="run_once_per_image_without_model",
            ),
        )
        indexes = (models.Index(fields=("state", "lease_until"), name="run_due"),)

    def __str__(self) -> str:
        return f"{self.image_id}: {self.state}"


class Detection(models.Model):
    """What the model put out: a label with its score, with a box or for the whole image."""

    run = models.ForeignKey(InferenceRun, on_delete=models.CASCADE, related_name="detections")
    ordinal = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=64)
    score = models.FloatField()
    threshold = models.FloatField()
    x_min = models.FloatField(null=True)
    y_min = models.FloatField(null=True)
    x_max = models.FloatField(null=True)
    y_max = models.FloatField(null=True)

    class Meta:
        ordering = ("ordinal",)
        constraints = (
            models.UniqueConstraint(fields=("run", "ordinal"), name="detection_once_per_run"),
            models.CheckConstraint(
                condition=Q(score__gte=0) & Q(score__lte=1), name="detection_score_in_unit_range"
            ),
            models.CheckConstraint(
                condition=Q(x_min=None, y_min=None, x_max=None, y_max=None)
                | Q(x_min__lt=models.F("x_max"), y_min__lt=models.F("y_max")),
                name="detection_box_whole_or_absent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.label} {self.score:.2f}"


class HeatMap(models.Model):
    """All heat maps of one run in one packed uint8 file, in label order."""

    run = models.OneToOneField(InferenceRun, on_delete=models.CASCADE, related_name="heatmap")
    key = models.CharField(max_length=200)
    labels = models.JSONField()
    rows = models.PositiveSmallIntegerField()
    columns = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{len(self.labels)} heat maps of {self.run_id}"


class LungMask(models.Model):
    """Both lungs of one run's image as one packed uint8 file: 0 none, 1 left, 2 right lung.

    It stretches over the whole image. Areas are in pixels of the original image. The automatic
    cardiothoracic ratio is experimental; without one, ``ratio_missing`` says why.
    """

    run = models.OneToOneField(InferenceRun, on_delete=models.CASCADE, related_name="lungmask")
    sha256 = models.CharField(max_length=64, help_text="Of the lung model.")
    key = models.CharField(max_length=200)
    rows = models.PositiveSmallIntegerField()
    columns = models.PositiveSmallIntegerField()
    left_area_px = models.PositiveIntegerField()
    right_area_px = models.PositiveIntegerField()
    ratio = models.FloatField(null=True)
    ratio_lines = models.JSONField(default=dict, blank=True)
    ratio_missing = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=(Q(ratio__isnull=True) & ~Q(ratio_missing=""))
                | Q(ratio__gt=0, ratio__lte=1, ratio_missing=""),
                name="lung_mask_ratio_or_reason",
            ),
        )

    def __str__(self) -> str:
        return f"lungs of {self.run_id}"
