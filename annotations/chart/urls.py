"""Addresses of a patient's chart."""

from __future__ import annotations

from django.urls import path

from annotations.chart import views

app_name = "chart"
urlpatterns = [
    path("<uuid:pk>/", views.ChartView.as_view(), name="detail"),
    path("<uuid:pk>/confirm/", views.ConfirmView.as_view(), name="confirm"),
    path("<uuid:pk>/merge/", views.MergeView.as_view(), name="merge"),
]
