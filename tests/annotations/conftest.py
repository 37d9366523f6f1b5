"""A department that reads blind first, and a reader of it."""

from __future__ import annotations

import pytest

from cxrportal.accounts.models import Department, User
from tests.support.people import make_department, make_user


@pytest.fixture
def blind(db: None) -> Department:
    return make_department("Blind", blind_reads=True)


@pytest.fixture
def reader(blind: Department) -> User:
    return make_user("clinician", blind)
