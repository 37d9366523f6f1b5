"""Fixtures every test may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from cxrportal.accounts.models import Department, User
from tests.support.audit import flush_empties_the_audit_trail
from tests.support.people import make_department, make_user


@pytest.fixture(scope="session", autouse=True)
def _flush_of_the_audit_trail() -> Iterator[None]:
    with flush_empties_the_audit_trail():
        yield


@pytest.fixture(autouse=True)
def _heartbeats_where_rows_are_committed(
    request: pytest.FixtureRequest, settings: Settings
) -> None:
    """A heartbeat has a connection of its own, which never sees the rows of a test's transaction:
    a piece of work that lasts beyond one beat would be given up as taken over by another worker."""
    marker = request.node.get_closest_marker("django_db")
    if not (marker and marker.kwargs.get("transaction")):
        settings.HEARTBEAT_S = 24 * 60 * 60


@pytest.fixture
def department(db: None) -> Department:
    return make_department("Radiology")


@pytest.fixture
def other_department(db: None) -> Department:
    return make_department("Elsewhere")


@pytest.fixture
def clinician(department: Department) -> User:
    return make_user("clinician", department, email="clinician@example.org")


@pytest.fixture
def stranger(other_department: Department) -> User:
    """A clinician of another department."""
    return make_user("clinician", other_department, email="stranger@example.org")


@pytest.fixture
def researcher(department: Department) -> User:
    return make_user("researcher", department, email="researcher@example.org")


@pytest.fixture
def admin(db: None) -> User:
    return make_user("admin", email="admin@example.org")
