"""Every address of the portal."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from cxrportal.health import health

urlpatterns = [
    path("", include("cxrportal.dashboard.urls")),
    path("patients/", include("patients.urls")),
    path("chart/", include("annotations.chart.urls")),
    path("cases/", include("cases.urls")),
    path("worklist/", include("annotations.worklist.urls")),
    path("reading/", include("annotations.reading.urls")),
    path("agreement/", include("annotations.agreement.urls")),
    path("adjudication/", include("annotations.adjudication.urls")),
    path("reports/", include("annotations.reports.urls")),
    path("explore/", include("annotations.exploring.urls")),
    path("extractions/", include("annotations.extracting.urls")),
    path("imports/", include("annotations.importing.urls")),
    path("notifications/", include("annotations.notes.urls")),
    path("releases/", include("annotations.releases.urls")),
    path("retraining/", include("annotations.retraining.urls")),
    path("monitoring/", include("annotations.monitoring.urls")),
    path("models/", include("inference.urls")),
    path("accounts/", include("cxrportal.accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("cxrportal.api_urls")),
    path("health/", health, name="health"),
]
