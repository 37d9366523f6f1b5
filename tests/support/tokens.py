"""API tokens for tests."""

from __future__ import annotations

from datetime import timedelta

from cxrportal.accounts.models import ApiToken, User
from cxrportal.accounts.tokens import token_issue


def make_token(
    user: User, *scopes: str, name: str = "test", lifetime: timedelta = timedelta(days=1)
) -> tuple[ApiToken, str]:
    return token_issue(user=user, name=name, scopes=scopes or ("read",), lifetime=lifetime)


def bearer(secret: str) -> dict[str, str]:
    """Headers of a request with this token."""
    return {"Authorization": f"Bearer {secret}"}
