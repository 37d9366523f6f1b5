"""Addresses of uploads and of the case form."""

from __future__ import annotations

from django.urls import path

from cases import views

app_name = "cases"
urlpatterns = [
    path("upload/", views.UploadPageView.as_view(), name="upload"),
    path("burned-in/", views.BurnedInListView.as_view(), name="burned-in-list"),
    path("burned-in/<uuid:pk>/", views.BurnedInView.as_view(), name="burned-in"),
    path("new/<uuid:pk>/", views.CaseCreateView.as_view(), name="create"),
    path("<uuid:pk>/edit/", views.CaseEditView.as_view(), name="edit"),
    path("<uuid:pk>/<slug:act>/", views.CaseArchiveView.as_view(), name="archive"),
]
