"""Addresses of monitoring."""

from __future__ import annotations

from django.urls import path

from annotations.monitoring import views

app_name = "monitoring"
urlpatterns = [
    path("", views.MonitoringView.as_view(), name="list"),
    path("<uuid:pk>/", views.ModelMonitoringView.as_view(), name="model"),
    path("<uuid:pk>/rows.csv", views.MonitoringCsvView.as_view(), name="csv"),
    path("<uuid:pk>/shadow/", views.ShadowView.as_view(), name="shadow"),
]
