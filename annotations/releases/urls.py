"""Addresses of releases."""

from __future__ import annotations

from django.urls import path

from annotations.releases import views

app_name = "releases"
urlpatterns = [
    path("", views.ReleasesView.as_view(), name="list"),
    path("<uuid:pk>/", views.ReleaseView.as_view(), name="detail"),
    path("<uuid:pk>/download/", views.ReleaseDownloadView.as_view(), name="download"),
]
