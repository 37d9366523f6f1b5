"""Addresses of the worklist."""

from __future__ import annotations

from django.urls import path

from annotations.worklist.views import acts, filters, lists

app_name = "worklist"
urlpatterns = [
    path("", lists.WorklistView.as_view(), name="list"),
    path("done/", lists.DoneView.as_view(), name="done"),
    path("bulk/", acts.BulkView.as_view(), name="bulk"),
    path("filters/", filters.SaveFilterView.as_view(), name="filter-save"),
    path("filters/<uuid:pk>/", filters.ChangeFilterView.as_view(), name="filter"),
    path("<uuid:pk>/claim/", acts.ClaimView.as_view(), name="claim"),
    path("<uuid:pk>/flag/", acts.FlagView.as_view(), name="flag"),
]
