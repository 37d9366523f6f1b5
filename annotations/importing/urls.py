"""Addresses of imports."""

from __future__ import annotations

from django.urls import path

from annotations.importing import views

app_name = "imports"
urlpatterns = [
    path("", views.ImportsView.as_view(), name="list"),
    path("<uuid:pk>/", views.ImportView.as_view(), name="detail"),
    path("<uuid:pk>/start/", views.ImportStartView.as_view(), name="start"),
    path("<uuid:pk>/problems/", views.ImportProblemsView.as_view(), name="problems"),
]
