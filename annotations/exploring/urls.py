"""Addresses of explorations."""

from __future__ import annotations

from django.urls import path

from annotations.exploring import views

app_name = "exploring"
urlpatterns = [
    path("", views.ExplorationsView.as_view(), name="list"),
    path("release/<uuid:pk>/", views.ExploreReleaseView.as_view(), name="release"),
    path("<uuid:pk>/", views.ExplorationView.as_view(), name="detail"),
    path("<uuid:pk>/files/<path:name>", views.ExplorationFileView.as_view(), name="file"),
]
