"""``manage.py seed_demo``: three logins, the shipped model, a few synthetic patients."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cxrportal.accounts.models import Department, User
from cxrportal.demo.cases import demo_cases
from cxrportal.demo.people import CLINICIAN_EMAIL, DEPARTMENT, demo_people
from inference.models import ModelVersion
from inference.selectors import active_model
from inference.services.registry import model_activate, model_add


class Command(BaseCommand):
    help = "Demo logins, the shipped model and synthetic patients. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        logins = demo_people()
        model = model_add()
        if active_model() is None and model.stage != ModelVersion.Stage.ACTIVE:
            model_activate(model=model)
        department = Department.objects.get(name=DEPARTMENT)
        clinician = User.objects.get(email=CLINICIAN_EMAIL)
        made = demo_cases(department=department, clinician=clinician)
        self.stdout.write(f"{made} synthetic images added; model {model}")
        if not logins:
            self.stdout.write("The demo logins are there already; their passwords were shown once.")
            return
        self.stdout.write("\nDemo logins (shown once, write them down):\n")
        for login in logins:
            self.stdout.write(f"  {login.role:11} {login.email:28} {login.password}")
        self.stdout.write("The administrator sets up a second factor at the first login.\n")
