"""A release to extract from."""

from __future__ import annotations

import pytest

from annotations.models import Release
from tests.support.releases import make_sealed_release


@pytest.fixture
def drawn(researcher, department) -> Release:
    """Four small pictures, no case behind them."""
    return make_sealed_release(department, researcher, patients=4)
