"""One study of one patient being read, and every step that it took."""

from __future__ import annotations

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.utils import timezone

from cases.querysets import CaseQuerySet


class Case(models.Model):
    """``status`` has one writer: ``cases.workflow.advance``."""

    class Status(models.TextChoices):
        RECEIVED = "RECEIVED", "Received"
        INGESTED = "INGESTED", "Prepared"
        ANALYSED = "ANALYSED", "Analysed"
        PROPOSED = "PROPOSED", "Ready to read"
        IN_REVIEW = "IN_REVIEW", "In review"
        SIGNED = "SIGNED", "Signed"
        AMENDED = "AMENDED", "Amended"

    class Priority(models.IntegerChoices):
        STAT = 1, "Stat"
        URGENT = 2, "Urgent"
        ROUTINE = 3, "Routine"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    department = models.ForeignKey(
        "accounts.Department", on_delete=models.PROTECT, related_name="cases"
    )
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="cases")
    accession_number = models.CharField(max_length=64, blank=True)
    study_instance_uid = models.CharField(max_length=64, blank=True, editable=False)
    study_date = models.DateField(null=True, blank=True)
    study_description = models.CharField(max_length=200, blank=True)
    clinical_question = models.TextField(max_length=5_000, blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.ROUTINE)
    status = models.CharField(
        max_length=10, choices=Status, default=Status.RECEIVED, editable=False
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="assigned_cases",
    )
    read_blind = models.BooleanField(
        null=True, blank=True, help_text="None: as the department reads."
    )
    reads_needed = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="None: as the department reads."
    )
    triage = models.PositiveSmallIntegerField(
        default=0,
        editable=False,
        help_text="0 to 1000: how soon the model's findings want to be read; 0 in blind reads.",
    )
    is_archived = models.BooleanField(default=False)
    is_synthetic = models.BooleanField(default=False, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("department", "study_instance_uid"),
                condition=~models.Q(study_instance_uid=""),
                name="case_one_per_study_in_department",
            ),
            models.CheckConstraint(
                condition=models.Q(reads_needed=None) | models.Q(reads_needed__range=(1, 3)),
                name="case_one_to_three_reads",
            ),
        )
        indexes = (
            models.Index(
                fields=("department", "status", "created_at", "id"), name="case_by_arrival"
            ),
            models.Index(fields=("department", "status", "is_archived"), name="case_counted"),
            models.Index(
                fields=("department", "triage"),
                condition=models.Q(read_blind=True),
                name="case_read_blind",
            ),
            models.Index(
                fields=("department", "status", "priority", "created_at", "id"), name="case_by_age"
            ),
            models.Index(
                fields=("department", "status", "priority", "-triage", "created_at", "id"),
                name="case_by_triage",
            ),
            models.Index(fields=("department", "-created_at", "-id"), name="case_newest"),
            models.Index(fields=("patient", "-study_date"), name="case_timeline"),
            models.Index(fields=("accession_number",), name="case_accession"),
        )

    def __str__(self) -> str:
        return self.accession_number or f"Case {str(self.pk)[:8]}"

    @property
    def study_day(self) -> date:
        """When the image was made, as far as anybody said; else when it came in."""
        return self.study_date or timezone.localdate(self.created_at)


class CaseEvent(models.Model):
    """One step of a case: a change of status, or an act that left it where it was."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    from_status = models.CharField(max_length=10, choices=Case.Status)
    to_status = models.CharField(max_length=10, choices=Case.Status)
    reason = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.from_status} -> {self.to_status}"
