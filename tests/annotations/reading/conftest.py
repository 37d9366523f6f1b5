"""A case to read, and a clinician's open read of it."""

from __future__ import annotations

import pytest

from annotations.models import Review
from cases.models import Case
from cxrportal.accounts.models import Department, User
from tests.support.cases import make_readable_case, make_review


@pytest.fixture
def case(department: Department) -> Case:
    return make_readable_case(department)


@pytest.fixture
def review(case: Case, clinician: User) -> Review:
    return make_review(case, clinician)
