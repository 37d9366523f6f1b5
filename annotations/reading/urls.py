"""Addresses of the reading room."""

from __future__ import annotations

from django.urls import path

from annotations.reading.views import NextCaseView, PreviousCaseView, ReadingRoomView

app_name = "reading"
urlpatterns = [
    path("<uuid:pk>/", ReadingRoomView.as_view(), name="room"),
    path("<uuid:pk>/next/", NextCaseView.as_view(), name="next"),
    path("<uuid:pk>/previous/", PreviousCaseView.as_view(), name="previous"),
]
