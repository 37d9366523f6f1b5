"""The Celery application, loaded by ``cxrportal.apps``: ``cxrportal/__init__.py`` stays empty."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxrportal.settings.dev")
app = Celery("cxrportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "cases",
        "inference",
        "annotations",
        "annotations.exploring",
        "annotations.extracting",
        "annotations.importing",
        "annotations.releases",
        "annotations.retraining",
        "cxrportal",
    ]
)
