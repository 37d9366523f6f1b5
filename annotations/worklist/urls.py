"""Addresses of the worklist."""

from __future__ import annotations

from django.urls import path

from annotations.worklist import views

app_name = "worklist"
urlpatterns = [
    path("", views.WorklistView.as_view(), name="list"),
    path("<uuid:pk>/claim/", views.ClaimView.as_view(), name="claim"),
]
