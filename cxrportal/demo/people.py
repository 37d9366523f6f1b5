"""The demo's department and its five people."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction

from cxrportal.accounts.models import Department, Membership, User
from cxrportal.accounts.permissions import CLINICIAN, RESEARCHER

DEPARTMENT = "Demo radiology"
ADMIN_EMAIL = "admin@demo.localhost"
CLINICIAN_EMAIL = "clinician@demo.localhost"
SECOND_EMAIL = "second@demo.localhost"
ADJUDICATOR_EMAIL = "adjudicator@demo.localhost"
RESEARCHER_EMAIL = "researcher@demo.localhost"


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """What is printed once: who, with which password, as what (``role``, in words)."""

    email: str
    password: str
    role: str


def demo_people() -> list[DemoLogin]:
    """Make the accounts that are not there yet; their passwords are returned and not kept."""
    with transaction.atomic():
        department, _ = Department.objects.get_or_create(name=DEPARTMENT)
        people = (
            (ADMIN_EMAIL, "Demo Administrator", "", "admin"),
            (CLINICIAN_EMAIL, "Dr Demo Clinician", "Consultant radiologist", "clinician"),
            (SECOND_EMAIL, "Dr Demo Second", "Radiologist", "second reader"),
            (ADJUDICATOR_EMAIL, "Dr Demo Adjudicator", "Senior radiologist", "adjudicator"),
            (RESEARCHER_EMAIL, "Demo Researcher", "", "researcher"),
        )
        made = [_person(department, *person) for person in people]
    return [login for login in made if login is not None]


def _person(
    department: Department, email: str, name: str, title: str, role: str
) -> DemoLogin | None:
    if User.objects.filter(email=email).exists():
        return None
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    is_admin = role == "admin"
    user = User.objects.create_user(
        email,
        password,
        full_name=name,
        title=title,
        is_approved=True,
        is_staff=is_admin,
        is_superuser=is_admin,
    )
    if not is_admin:
        Membership.objects.create(
            user=user,
            department=department,
            role=RESEARCHER if role == RESEARCHER else CLINICIAN,
            adjudicator=role == "adjudicator",
        )
    return DemoLogin(email, password, role)
