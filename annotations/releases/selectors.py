"""Which releases are due, and what a release would hold."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Subquery

from annotations.models import Release, SignedReport


def releases_to_build(case_id: UUID | None) -> Any:
    """Releases that are due. They belong to no case, so only the sweep starts them."""
    return Release.objects.none() if case_id else Release.objects.due()


def reports_of_release(release: Release) -> Any:
    """The valid signed report of every case that the release's filter takes, oldest first.

    Only patients who consented to research use; archived cases stay out.
    """
    latest = SignedReport.objects.filter(case=OuterRef("case")).order_by("-version").values("pk")
    reports = SignedReport.objects.filter(
        pk=Subquery(latest[:1]),
        case__department__in=release.departments.all(),
        case__is_archived=False,
        case__patient__research_consent=True,
        case__patient__confirmed=True,
    )
    wanted = release.filters
    if not wanted.get("include_synthetic"):
        reports = reports.filter(case__is_synthetic=False)
    if wanted.get("study_date_from"):
        reports = reports.filter(case__study_date__gte=wanted["study_date_from"])
    if wanted.get("study_date_to"):
        reports = reports.filter(case__study_date__lte=wanted["study_date_to"])
    return reports.select_related("case__patient", "review", "signed_by").order_by(
        F("signed_at").asc(), "pk"
    )
