"""Composition root: loads Celery and connects the pipeline to the one signal there is."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "cxrportal"
    label = "portal"
    verbose_name = "CXR Portal"

    def ready(self) -> None:
        # optional: Celery and the pipeline need every app's models, which exist only from here on.
        from cxrportal import pipeline
        from cxrportal.celery import app

        app.set_default()
        pipeline.connect()
