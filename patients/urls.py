"""Addresses of patients."""

from __future__ import annotations

from django.urls import path

from patients import views

app_name = "patients"
urlpatterns = [
    path("", views.PatientListView.as_view(), name="list"),
    path("suggest/", views.PatientSuggestView.as_view(), name="suggest"),
    path("new/", views.PatientCreateView.as_view(), name="create"),
    path("<uuid:pk>/edit/", views.PatientEditView.as_view(), name="edit"),
    path("<uuid:pk>/<slug:act>/", views.PatientArchiveView.as_view(), name="archive"),
]
