"""One world for the rules that ask every page: the access matrix and the HTML rule."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.rules.access_world import World, make_world


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureDef) -> Iterator[World]:
    """Made once a module; at the end everything is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)
