"""Addresses of the agreement page."""

from __future__ import annotations

from django.urls import path

from annotations.agreement.views import AgreementCsvView, AgreementView

app_name = "agreement"
urlpatterns = [
    path("", AgreementView.as_view(), name="page"),
    path("csv/", AgreementCsvView.as_view(), name="csv"),
]
