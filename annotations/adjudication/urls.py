"""Addresses of second reads: the queue of differences, one case, and one's own reads."""

from __future__ import annotations

from django.urls import path

from annotations.adjudication import views

app_name = "adjudication"
urlpatterns = [
    path("", views.QueueView.as_view(), name="queue"),
    path("mine/", views.OwnReadsView.as_view(), name="mine"),
    path("<uuid:pk>/", views.CaseReadsView.as_view(), name="case"),
    path("<uuid:pk>/rule/", views.RuleView.as_view(), name="rule"),
    path("<uuid:pk>/measurement/", views.TakeView.as_view(), name="take"),
    path("<uuid:pk>/setting/", views.ReadSettingView.as_view(), name="setting"),
]
