"""``manage.py seed_demo``: five logins, the shipped model, a few synthetic patients and reads."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cxrportal.accounts.models import Department, User
from cxrportal.common.errors import PortalError
from cxrportal.demo.cases import demo_cases
from cxrportal.demo.people import CLINICIAN_EMAIL, DEPARTMENT, demo_people
from cxrportal.demo.stories import demo_stories
from inference.selectors import active_model
from inference.services.registry import model_activate, model_add, model_verify


class Command(BaseCommand):
    help = "Demo logins, the shipped model, synthetic patients, some reads. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        logins = demo_people()
        model = model_add()
        # Without one, or where the files of the active one are not what they were.
        active = active_model()
        if active is None or model_verify(model=active):
            model_activate(model=model)
        department = Department.objects.get(name=DEPARTMENT)
        clinician = User.objects.get(email=CLINICIAN_EMAIL)
        made = demo_cases(department=department, clinician=clinician)
        self.stdout.write(f"{made} synthetic images added; model {model}")
        try:
            read = demo_stories(department)
        except PortalError as error:  # the logins are shown once: they must not be lost over it
            self.stderr.write(f"The cases are not read: {error.message} ({error.code})")
        else:
            self.stdout.write(f"{read} of their cases read")
        if not logins:
            self.stdout.write("The demo logins are there already; their passwords were shown once.")
            return
        self.stdout.write("\nDemo logins (shown once, write them down):\n")
        for login in logins:
            self.stdout.write(f"  {login.role:13} {login.email:28} {login.password}")
        self.stdout.write("The administrator sets up a second factor at the first login.\n")
