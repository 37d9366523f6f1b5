"""Addresses of trainings."""

from __future__ import annotations

from django.urls import path, re_path

from annotations.retraining.views import models, trainings

app_name = "retraining"
urlpatterns = [
    path("", trainings.TrainingsView.as_view(), name="list"),
    path("<uuid:pk>/", trainings.TrainingView.as_view(), name="detail"),
    path("<uuid:pk>/progress/", trainings.TrainingProgressView.as_view(), name="progress"),
    path("models/<uuid:pk>/", models.ModelView.as_view(), name="model"),
    re_path(
        r"^models/(?P<pk>[0-9a-f-]{36})/(?P<act>promote|rollback|shadow-on|shadow-off)/$",
        models.DecisionView.as_view(),
        name="decide",
    ),
    path("checks/<uuid:pk>/", models.CheckView.as_view(), name="check"),
    path("checks/<uuid:pk>/progress/", models.CheckProgressView.as_view(), name="check-progress"),
    re_path(
        r"^(?P<pk>[0-9a-f-]{36})/(?P<act>cancel|resume)/$",
        trainings.TrainingActView.as_view(),
        name="act",
    ),
]
