"""A case with a read under way, and that read."""

from __future__ import annotations

import pytest

from annotations.models import Review
from annotations.reading.services.reviews import review_open
from cases.models import Case
from tests.support.readings import read_case


@pytest.fixture
def case(department, clinician) -> Case:
    return read_case(department, clinician)


@pytest.fixture
def review(case, clinician) -> Review:
    return review_open(case=case, reader=clinician)
