"""Addresses of notifications."""

from __future__ import annotations

from django.urls import path

from annotations.notes.views import FollowView, NotificationsView

app_name = "notes"
urlpatterns = [
    path("", NotificationsView.as_view(), name="notifications"),
    path("<uuid:pk>/", FollowView.as_view(), name="follow"),
]
