"""A department whose cases take two reads, and one such case."""

from __future__ import annotations

import pytest

from cases.models import Case
from cxrportal.accounts.models import Department, User
from tests.support.cases import make_readable_case
from tests.support.people import make_department, make_user


@pytest.fixture
def twice(db: None) -> Department:
    return make_department("Read twice", reads_per_case=2)


@pytest.fixture
def readers(twice: Department) -> tuple[User, User]:
    return make_user("clinician", twice), make_user("clinician", twice)


@pytest.fixture
def case(twice: Department) -> Case:
    return make_readable_case(twice)
