"""Addresses of models."""

from __future__ import annotations

from django.urls import path

from inference import views

app_name = "models"
urlpatterns = [
    path("", views.ModelsView.as_view(), name="list"),
    path("try/", views.TryPageView.as_view(), name="try"),
    path("<uuid:pk>/", views.ModelView.as_view(), name="detail"),
    path("<uuid:pk>/figures/<str:name>", views.FigureView.as_view(), name="figure"),
]
