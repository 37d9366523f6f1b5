"""Report text: a department's templates and letterhead, the reader's draft, and what is signed.

A signed row never changes; an amendment is another row.
"""

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


class ReportDraft(models.Model):
    """What the reader wrote for the report of an open review; the impression is the review's own.

    Where ``findings`` still equals ``findings_prefilled`` the text follows the findings.
    """

    review = models.OneToOneField(
        "annotations.Review", primary_key=True, on_delete=models.CASCADE, related_name="draft"
    )
    technique = models.TextField(max_length=5_000, blank=True)
    comparison = models.TextField(max_length=5_000, blank=True)
    findings = models.TextField(max_length=20_000, blank=True)
    findings_prefilled = models.TextField(max_length=20_000, blank=True)
    recommendation = models.TextField(max_length=5_000, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-updated_at",)

    def __str__(self) -> str:
        return f"Draft {self.version} of {self.review}"


class ReportTemplate(models.Model):
    """What a department's reports begin with; ``reports.prefill`` has the placeholders."""

    department = models.ForeignKey(
        "accounts.Department", on_delete=models.PROTECT, related_name="report_templates"
    )
    for_no_finding = models.BooleanField(
        "for reads without a finding",
        default=False,
        help_text="Used where the reader states that there is none; the other one otherwise.",
    )
    technique = models.TextField(max_length=5_000, blank=True)
    comparison = models.TextField(max_length=5_000, blank=True)
    findings = models.TextField(max_length=20_000, default="{findings}")
    impression = models.TextField(
        max_length=5_000, blank=True, help_text="Offered in the editor, never filled in by itself."
    )
    recommendation = models.TextField(max_length=5_000, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("department", "for_no_finding")
        constraints = (
            models.UniqueConstraint(
                fields=("department", "for_no_finding"), name="report_template_one_of_a_kind"
            ),
        )

    def __str__(self) -> str:
        return f"{self.department}, {'no finding' if self.for_no_finding else 'findings'}"


class ReportTemplateVersion(models.Model):
    """What a template was before it was changed or retired. Never changed, never removed."""

    template = models.ForeignKey(ReportTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    technique = models.TextField(max_length=5_000, blank=True)
    comparison = models.TextField(max_length=5_000, blank=True)
    findings = models.TextField(max_length=20_000)
    impression = models.TextField(max_length=5_000, blank=True)
    recommendation = models.TextField(max_length=5_000, blank=True)
    retired = models.BooleanField(default=False)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(
                fields=("template", "number"), name="report_template_version_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.template}, version {self.number}"


class Letterhead(models.Model):
    """What stands above a department's reports, and the paper they are printed on."""

    class Paper(models.TextChoices):
        DEFAULT = "", "As the portal"
        A4 = "A4", "A4"
        LETTER = "Letter", "Letter"

    department = models.OneToOneField(
        "accounts.Department",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="letterhead",
    )
    address = models.CharField(max_length=160, blank=True)
    paper = models.CharField(max_length=6, choices=Paper, blank=True)
    logo_key = models.CharField(max_length=200, blank=True, editable=False)
    logo_sha256 = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ("department",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(paper__in=("", "A4", "Letter")), name="letterhead_paper_known"
            ),
        )

    def __str__(self) -> str:
        return f"Letterhead of {self.department}"
