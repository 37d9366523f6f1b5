"""How a new model comes to be: trained on a release, compared, made active, rolled back."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from cxrportal.common.leases import LeasedQuerySet, LeasedWork
from inference.models.analysis import ModelVersion
from inference.querysets import TrainingQuerySet


class TrainingRun(LeasedWork):
    """A retraining from a sealed release, which is named by plain values: it stands above."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    release_name = models.CharField(max_length=80)
    release_number = models.PositiveIntegerField()
    release_sha256 = models.CharField(max_length=64, help_text="Of the release's archive.")
    release_key = models.CharField(max_length=200)
    departments = models.ManyToManyField("accounts.Department", related_name="trainings")
    base = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="descendants"
    )
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=40)
    config = models.TextField(blank=True, help_text="TOML; what is really used once it began.")
    epochs = models.PositiveSmallIntegerField(default=0, help_text="0: as configured.")
    seed = models.PositiveIntegerField(default=7)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="trainings"
    )
    cancel_requested = models.BooleanField(default=False)
    progress = models.JSONField(default=dict, blank=True)
    result = models.OneToOneField(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="training"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TrainingQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(fields=("name", "version"), name="training_name_and_version"),
            models.CheckConstraint(
                condition=~Q(state="DONE") | Q(result__isnull=False), name="training_done_has_model"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def release(self) -> str:
        return f"{self.release_name}@{self.release_number}"


class PromotionCheck(LeasedWork):
    """A candidate against the model that was active, on a frozen release; never changed later."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidate = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="promotion_checks"
    )
    active = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    release_name = models.CharField(max_length=80)
    release_number = models.PositiveIntegerField()
    release_sha256 = models.CharField(max_length=64)
    release_key = models.CharField(max_length=200)
    proof = models.JSONField(default=dict, help_text="Why no patient of it trained the candidate.")
    margin = models.FloatField(default=0.05)
    least_cases = models.PositiveSmallIntegerField(default=10)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="promotion_checks"
    )
    progress = models.JSONField(default=dict, blank=True)
    outcome = models.JSONField(default=dict, blank=True)
    passed = models.BooleanField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LeasedQuerySet["PromotionCheck"].as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(margin__gt=0, margin__lt=0.5), name="promotion_margin_in_range"
            ),
            models.CheckConstraint(
                condition=~Q(state="DONE") | Q(passed__isnull=False),
                name="promotion_done_is_judged",
            ),
        )

    def __str__(self) -> str:
        return f"{self.candidate} against {self.active} on {self.release}"

    @property
    def release(self) -> str:
        return f"{self.release_name}@{self.release_number}"


class ModelActivation(models.Model):
    """When which model became the active one, by whom and why; rows are only added."""

    class Kind(models.TextChoices):
        SHELL = "shell", "From a shell"
        FIRST = "first", "No model was active"
        PROMOTED = "promoted", "Passed the gate"
        OVERRIDE = "override", "Against the gate"
        ROLLBACK = "rollback", "Rolled back"

    model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="activations")
    previous = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    check_row = models.ForeignKey(
        PromotionCheck, null=True, on_delete=models.PROTECT, related_name="activations"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(kind="override") | ~Q(reason=""), name="activation_override_has_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.model} {self.kind}"
