"""Who is examined."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from patients.querysets import PatientQuerySet


class Patient(models.Model):
    """A person in one department. An unconfirmed one stands for an identity nobody has checked."""

    class Sex(models.TextChoices):
        FEMALE = "F", "Female"
        MALE = "M", "Male"
        OTHER = "O", "Other"
        UNKNOWN = "", "Unknown"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    department = models.ForeignKey(
        "accounts.Department", on_delete=models.PROTECT, related_name="patients"
    )
    mrn = models.CharField("MRN", max_length=64, blank=True)
    name = models.CharField(max_length=200, blank=True)
    search_name = models.CharField(max_length=220, blank=True, editable=False)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=1, choices=Sex, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField("e-mail", blank=True)
    medical_history = models.TextField(max_length=20_000, blank=True)
    allergies = models.TextField(max_length=5_000, blank=True)
    notes = models.TextField(max_length=20_000, blank=True)
    research_consent = models.BooleanField("consents to research use", default=False)
    confirmed = models.BooleanField(default=True)
    claimed_mrn = models.CharField(max_length=64, blank=True, editable=False)
    is_synthetic = models.BooleanField(default=False, editable=False)
    is_archived = models.BooleanField(default=False)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from"
    )
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ("search_name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("department", "mrn"),
                condition=~Q(mrn="") & Q(merged_into__isnull=True),
                name="patient_mrn_unique_in_department",
            ),
            models.CheckConstraint(
                condition=Q(confirmed=False) | ~Q(mrn=""), name="patient_confirmed_has_mrn"
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=models.F("id")), name="patient_not_merged_into_itself"
            ),
        )
        indexes = (
            models.Index(fields=("department", "search_name", "id"), name="patient_by_name"),
            models.Index(fields=("department", "mrn"), name="patient_by_mrn"),
        )

    def __str__(self) -> str:
        return self.name or self.mrn or "Unknown patient"
