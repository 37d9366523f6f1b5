"""Address of the home page."""

from __future__ import annotations

from django.urls import path

from cxrportal.dashboard.views import HomeView

app_name = "dashboard"
urlpatterns = [path("", HomeView.as_view(), name="home")]
