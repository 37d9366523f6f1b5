"""Addresses of the home page and of the system-wide numbers."""

from __future__ import annotations

from django.urls import path

from cxrportal.dashboard.analytics_views import AnalyticsCsvView, AnalyticsView
from cxrportal.dashboard.views import HomeView

app_name = "dashboard"
urlpatterns = [
    path("", HomeView.as_view(), name="home"),
    path("analytics/", AnalyticsView.as_view(), name="analytics"),
    path("analytics/<slug:table>.csv", AnalyticsCsvView.as_view(), name="analytics-csv"),
]
