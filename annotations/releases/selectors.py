"""Which releases are due, and what a release would hold."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Subquery

from annotations.models import Finding, Release, SignedReport
from cases.models import Image


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
    if wanted.get("sexes"):
        reports = reports.filter(case__patient__sex__in=wanted["sexes"])
    if wanted.get("findings"):
        stated = Finding.objects.filter(
            review=OuterRef("review"), label__in=wanted["findings"]
        ).exclude(decision="REJECTED")
        reports = reports.filter(Exists(stated))
    return reports.select_related("case__patient", "review", "signed_by").order_by(
        F("signed_at").asc(), "pk"
    )


def images_of_release(release: Release) -> Any:
    """The images of those cases, in the views that the filter takes."""
    images = Image.objects.filter(case__in=reports_of_release(release).values("case"))
    views = release.filters.get("views")
    return images.filter(view_position__in=views) if views else images


def age_is_wanted(release: Release, age_years: int | None) -> bool:
    """An unknown age is in no range."""
    low, high = release.filters.get("age_from"), release.filters.get("age_to")
    if low is None and high is None:
        return True
    return age_years is not None and (low or 0) <= age_years and (high is None or age_years <= high)


def consent_is_withdrawn(release: Release) -> bool:
    """Somebody whose image is in the sealed release no longer consents to research use."""
    return bool(release.patients.filter(research_consent=False).exists())
