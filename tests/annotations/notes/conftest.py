"""A case and a second reader of its department."""

from __future__ import annotations

import pytest

from cases.models import Case
from cxrportal.accounts.models import Department, User
from tests.support.cases import make_readable_case
from tests.support.people import make_user


@pytest.fixture
def case(department: Department) -> Case:
    return make_readable_case(department)


@pytest.fixture
def colleague(department: Department) -> User:
    return make_user("clinician", department, full_name="Ann Lee", email="ann@example.org")
