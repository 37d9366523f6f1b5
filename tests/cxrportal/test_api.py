"""The API as a whole: its description holds, and expensive requests are slowed by kind."""

from __future__ import annotations

import io

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from rest_framework.throttling import ScopedRateThrottle

from cxrportal.settings.api import _rate
from tests.support.people import make_user
from tests.support.tokens import bearer, make_token

ADDRESSES = {
    "release": "/api/v1/exports/",
    "import": "/api/v1/imports/",
    "exploration": "/api/v1/explorations/",
    "extraction": "/api/v1/extractions/",
    "training": "/api/v1/trainings/",
}


def test_the_description_is_valid_and_without_warnings() -> None:
    told = io.StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=told)
    assert "/api/v1/trainings/{id}/resume/" in told.getvalue()


@pytest.fixture
def two_an_hour(monkeypatch):
    """Two requests of each kind, and forgotten again afterwards."""
    rates = dict(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
    monkeypatch.setattr(
        ScopedRateThrottle, "THROTTLE_RATES", rates | dict.fromkeys(ADDRESSES, "2/hour")
    )
    cache.clear()
    yield
    cache.clear()


def program(user) -> Client:
    return Client(headers=bearer(make_token(user, "write", "export")[1]))


@pytest.mark.django_db
@pytest.mark.parametrize("scope", ADDRESSES)
def test_the_third_expensive_request_waits_and_says_how_long(
    two_an_hour, department, scope: str
) -> None:
    role = "clinician" if scope == "import" else "researcher"
    client, other = (program(make_user(role, department)) for _ in range(2))

    def ask(who: Client):
        # an empty name, release or archive: refused, but only after it was counted
        return who.post(ADDRESSES[scope], {"release": "", "age_from": "x"})

    assert [ask(client).status_code for _ in range(2)] == [400, 400]
    answer = ask(client)
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 3590 <= int(answer["Retry-After"]) <= 3600
    assert client.get(ADDRESSES[scope]).status_code == 200  # looking costs nothing
    assert ask(other).status_code == 400  # each person's own


@pytest.mark.django_db
def test_kinds_are_counted_apart(two_an_hour, researcher) -> None:
    client = program(researcher)
    for _ in range(3):
        last = client.post(ADDRESSES["training"], {})
    assert last.status_code == 429
    assert client.post("/api/v1/promotion-checks/", {}).status_code == 429  # the same queue
    assert client.post(ADDRESSES["exploration"], {"age_from": "x"}).status_code == 400


def test_every_kind_has_a_rate_that_can_be_read() -> None:
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    assert {"try", *ADDRESSES} <= rates.keys()
    assert _rate("THROTTLE_TRY", "5/minute") == "5/minute"
    for text in ("", "many", "0/hour", "5", "5/fortnight"):
        with pytest.raises(ImproperlyConfigured, match="THROTTLE_TRY"):
            _rate("THROTTLE_TRY", text)
