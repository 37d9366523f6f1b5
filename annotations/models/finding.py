"""Stated observations: a model's proposals and what a reader made of them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from annotations.querysets import FindingQuerySet, ReviewQuerySet


class Review(models.Model):
    """One reader's read of a case. Completed, it does not change; an amendment opens another."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        COMPLETED = "COMPLETED", "Completed"

    class Kind(models.TextChoices):
        READ = "READ", "Read"
        CONSENSUS = "CONSENSUS", "Consensus of several reads"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="reviews")
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews"
    )
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.READ)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    notes = models.TextField(max_length=50_000, blank=True)
    impression = models.TextField(max_length=20_000, blank=True)
    no_finding = models.BooleanField(default=False)
    amends = models.ForeignKey(
        "annotations.SignedReport",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="amending_reviews",
    )
    amendment_reason = models.CharField(max_length=500, blank=True)
    imported_from = models.ForeignKey(
        "annotations.DatasetImport",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reviews",
        help_text="The data set that this read came with; empty for reads made here.",
    )
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("case", "reader"),
                condition=Q(state="OPEN"),
                name="review_one_open_per_reader",
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", completed_at=None)
                | Q(state="COMPLETED", completed_at__isnull=False),
                name="review_completed_has_time",
            ),
            models.UniqueConstraint(
                fields=("case", "reader"),
                condition=Q(imported_from__isnull=False),
                name="review_one_imported_per_reader",
            ),
            models.CheckConstraint(
                condition=Q(imported_from=None) | Q(state="COMPLETED", amends=None),
                name="review_imported_is_completed",
            ),
        )
        # What a reader may see of a case hangs on their own reads of it, not on all they ever read.
        indexes = (models.Index(fields=("case", "reader"), name="review_of_case"),)

    def __str__(self) -> str:
        return f"{self.case} read by {self.reader}"


class Finding(models.Model):
    """Without a review: the model's proposal. In a review: the reader's decision or own finding."""

    class Decision(models.TextChoices):
        PROPOSED = "PROPOSED", "Proposed"
        ACCEPTED = "ACCEPTED", "Accepted"
        CORRECTED = "CORRECTED", "Corrected"
        REJECTED = "REJECTED", "Rejected"
        DRAWN = "DRAWN", "Reader's own"

    class Certainty(models.TextChoices):
        CERTAIN = "CERTAIN", "Certain"
        PROBABLE = "PROBABLE", "Probable"
        POSSIBLE = "POSSIBLE", "Possible"

    class Laterality(models.TextChoices):
        LEFT = "L", "Left"
        RIGHT = "R", "Right"
        BOTH = "B", "Both"
        NONE = "", "Not stated"

    class RejectReason(models.TextChoices):
        NONE = "", "Not stated"
        ABSENT = "absent", "Not present"
        ARTEFACT = "artefact", "Artefact or device"
        NORMAL = "normal", "Normal variant"
        PLACE = "place", "Wrong place"
        LABEL = "label", "Another finding"
        QUALITY = "quality", "Image quality"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="findings")
    image = models.ForeignKey("cases.Image", on_delete=models.CASCADE, related_name="findings")
    review = models.ForeignKey(
        Review, null=True, blank=True, on_delete=models.CASCADE, related_name="findings"
    )
    detection = models.OneToOneField(
        "inference.Detection",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="finding",
    )
    proposal = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    client_id = models.UUIDField(default=uuid.uuid4)
    decision = models.CharField(max_length=9, choices=Decision)
    label = models.CharField(max_length=64, help_text="Code of the union vocabulary.")
    x_min = models.FloatField(null=True, blank=True)
    y_min = models.FloatField(null=True, blank=True)
    x_max = models.FloatField(null=True, blank=True)
    y_max = models.FloatField(null=True, blank=True)
    laterality = models.CharField(max_length=1, choices=Laterality, blank=True)
    certainty = models.CharField(max_length=8, choices=Certainty, default=Certainty.CERTAIN)
    comment = models.CharField(max_length=2_000, blank=True)
    reject_reason = models.CharField(max_length=8, choices=RejectReason, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("review", "client_id"), name="finding_client_id_once_per_review"
            ),
            models.UniqueConstraint(
                fields=("review", "proposal"), name="finding_one_decision_per_proposal"
            ),
            models.CheckConstraint(
                condition=Q(review__isnull=True, decision="PROPOSED", proposal__isnull=True)
                | (Q(review__isnull=False) & ~Q(decision="PROPOSED")),
                name="finding_proposed_has_no_review",
            ),
            models.CheckConstraint(
                condition=Q(decision__in=("PROPOSED", "DRAWN"), proposal__isnull=True)
                | Q(decision__in=("ACCEPTED", "CORRECTED", "REJECTED"), proposal__isnull=False),
                name="finding_decision_has_proposal",
            ),
            models.CheckConstraint(
                condition=Q(x_min=None, y_min=None, x_max=None, y_max=None)
                | Q(x_min__lt=F("x_max"), y_min__lt=F("y_max"), x_min__gte=0, y_min__gte=0),
                name="finding_box_whole_or_absent",
            ),
        )
        indexes = (models.Index(fields=("label", "case"), name="finding_by_label"),)

    def __str__(self) -> str:
        return f"{self.label} ({self.decision})"
