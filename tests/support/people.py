"""Departments and people for tests: one call each, no fixtures of fixtures."""

from __future__ import annotations

import itertools
from datetime import date

from cxrportal.accounts.models import Department, Membership, User
from patients.models import Patient
from patients.names import searchable

PASSWORD = "correct horse battery staple"  # noqa: S105
_numbers = itertools.count(1)


def make_department(name: str = "", **fields: object) -> Department:
    return Department.objects.create(name=name or f"Department {next(_numbers)}", **fields)


def make_user(role: str = "", department: Department | None = None, **fields: object) -> User:
    """An approved user with a role in ``department``; the role "admin" is an administrator."""
    number = next(_numbers)
    defaults: dict[str, object] = {"is_approved": True, "full_name": f"Person {number}"}
    if role == "admin":
        defaults |= {"is_staff": True, "is_superuser": True}
    user = User.objects.create_user(
        str(fields.pop("email", f"person{number}@example.org")), PASSWORD, **(defaults | fields)
    )
    if role and role != "admin":
        Membership.objects.create(user=user, department=department or make_department(), role=role)
    return user


def make_patient(department: Department, **fields: object) -> Patient:
    number = next(_numbers)
    defaults: dict[str, object] = {
        "mrn": f"MRN{number:05d}",
        "name": f"Patient {number}",
        "birth_date": date(1960, 1, 31),
        "sex": "F",
    }
    values = defaults | fields
    values["search_name"] = searchable(str(values["name"]))
    return Patient.objects.create(department=department, **values)
