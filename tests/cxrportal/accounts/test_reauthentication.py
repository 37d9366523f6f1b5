"""Is it still the same person? The door before a signature."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from cxrportal.accounts.lockout import LockedOut
from cxrportal.accounts.models import User
from cxrportal.accounts.reauthentication import (
    ReauthenticationRequired,
    require_recent_authentication,
    verify_password,
)
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(clinician: User):
    request = RequestFactory().post("/reports/sign/")
    request.session, request.user = SessionStore(), clinician
    return request


def test_a_session_alone_is_no_recent_authentication(request_) -> None:
    with pytest.raises(ReauthenticationRequired) as error:
        require_recent_authentication(request_)
    assert (error.value.code, error.value.http_status) == ("reauthentication_required", 403)


def test_the_right_password_counts_for_two_minutes(request_, settings) -> None:
    assert verify_password(request_, PASSWORD)
    require_recent_authentication(request_)
    records = request_.session["account_authentication_methods"]
    records[-1]["at"] = time.time() - 121
    with pytest.raises(ReauthenticationRequired):
        require_recent_authentication(request_)
    require_recent_authentication(request_, max_age_s=300)


def test_a_wrong_password_does_not_count(request_) -> None:
    assert not verify_password(request_, "wrong")
    with pytest.raises(ReauthenticationRequired):
        require_recent_authentication(request_)


def test_the_password_of_someone_else_does_not_count(request_, stranger: User) -> None:
    stranger.set_password("the stranger's own password")
    stranger.save()
    assert not verify_password(request_, "the stranger's own password")


def test_wrong_passwords_lock(request_, settings) -> None:
    settings.AXES_ENABLED = True
    for _ in range(5):
        assert not verify_password(request_, "wrong")
    with pytest.raises(LockedOut):
        verify_password(request_, PASSWORD)


def test_a_right_password_forgets_the_wrong_ones(request_, settings) -> None:
    settings.AXES_ENABLED = True
    for _ in range(3):
        for _ in range(4):
            verify_password(request_, "wrong")
        assert verify_password(request_, PASSWORD)


def test_nobody_is_not_recent(request_) -> None:
    request_.user = AnonymousUser()
    with pytest.raises(ReauthenticationRequired):
        require_recent_authentication(request_)
