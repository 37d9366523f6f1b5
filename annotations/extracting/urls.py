"""Addresses of extractions."""

from __future__ import annotations

from django.urls import path

from annotations.extracting import views

app_name = "extracting"
urlpatterns = [
    path("release/<uuid:pk>/", views.ExtractReleaseView.as_view(), name="release"),
    path("<uuid:pk>/", views.ExtractionView.as_view(), name="detail"),
    path("<uuid:pk>/download/", views.ExtractionDownloadView.as_view(), name="download"),
    path("<uuid:pk>/delete/", views.ExtractionDeleteView.as_view(), name="delete"),
]
