"""Every test starts with unused rate limits."""

from __future__ import annotations

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _unused_rate_limits() -> None:
    cache.clear()
