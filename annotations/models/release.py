"""Sealed, versioned datasets."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from annotations.querysets import ReleaseQuerySet
from cxrportal.common.leases import LeasedWork


class Release(LeasedWork):
    """A de-identified export of completed reviews; sealed once its state is DONE."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.SlugField(max_length=80)
    number = models.PositiveIntegerField()
    departments = models.ManyToManyField("accounts.Department", related_name="releases")
    filters = models.JSONField(default=dict, blank=True)
    patients = models.ManyToManyField(
        "patients.Patient",
        related_name="releases",
        blank=True,
        help_text="Whose images are in it: a withdrawn consent ends its downloads.",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="releases"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    images_total = models.PositiveIntegerField(default=0)
    images_done = models.PositiveIntegerField(default=0)
    annotations_total = models.PositiveIntegerField(default=0)
    archive_key = models.CharField(max_length=200, blank=True)
    archive_sha256 = models.CharField(max_length=64, blank=True)
    archive_bytes = models.PositiveBigIntegerField(default=0)
    manifest = models.JSONField(default=dict, blank=True)
    key_salt = models.CharField(
        max_length=64,
        blank=True,
        default="",
        editable=False,
        help_text="Half of the key of the pseudonyms, while it is being built. It goes at the end.",
    )
    begun_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(fields=("name", "number"), name="release_name_and_number"),
            models.CheckConstraint(
                condition=models.Q(key_salt="") | models.Q(state__in=("WAITING", "RUNNING")),
                name="release_key_ends_with_the_work",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}@{self.number}"
