"""Signed text. A row never changes; an amendment is another row."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from annotations.querysets import ReportQuerySet


class SignedReport(models.Model):
    """One version of a report: its frozen content, its PDF and the SHA-256 of both."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="reports")
    review = models.OneToOneField(
        "annotations.Review", on_delete=models.PROTECT, related_name="report"
    )
    version = models.PositiveSmallIntegerField()
    content = models.JSONField(help_text="cases.reports.content.ReportContent, as JSON.")
    content_sha256 = models.CharField(max_length=64)
    pdf_key = models.CharField(max_length=200)
    pdf_sha256 = models.CharField(max_length=64)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signed_reports"
    )
    signed_at = models.DateTimeField()
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ("case", "-version")
        constraints = (
            models.UniqueConstraint(fields=("case", "version"), name="report_version_once"),
            models.CheckConstraint(
                condition=models.Q(version=1, supersedes__isnull=True)
                | models.Q(version__gt=1, supersedes__isnull=False),
                name="report_amendment_names_what_it_replaces",
            ),
        )

    def __str__(self) -> str:
        return f"Report {self.version} of {self.case}"
