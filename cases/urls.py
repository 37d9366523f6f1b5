"""Addresses of uploads and of the case form."""

from __future__ import annotations

from django.urls import path

from cases.views import burned_in, cases

app_name = "cases"
urlpatterns = [
    path("upload/", cases.UploadPageView.as_view(), name="upload"),
    path("burned-in/", burned_in.BurnedInListView.as_view(), name="burned-in-list"),
    path("burned-in/quick/", burned_in.BurnedInQuickView.as_view(), name="burned-in-quick"),
    path(
        "burned-in/<uuid:pk>/crops/<int:number>/",
        burned_in.BurnedInCropView.as_view(),
        name="burned-in-crop",
    ),
    path("burned-in/<uuid:pk>/", burned_in.BurnedInView.as_view(), name="burned-in"),
    path("new/<uuid:pk>/", cases.CaseCreateView.as_view(), name="create"),
    path("<uuid:pk>/edit/", cases.CaseEditView.as_view(), name="edit"),
    path("<uuid:pk>/<slug:act>/", cases.CaseArchiveView.as_view(), name="archive"),
]
