"""Demo data: synthetic patients for a first look."""

from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "cxrportal.demo"
    label = "demo"
