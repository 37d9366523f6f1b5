"""API tokens: how one is made, what it opens, and when no longer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory

from cxrportal.accounts.models import AccessEvent, ApiToken, User
from cxrportal.accounts.permissions import IsApproved
from cxrportal.accounts.tokens import (
    TokenAuthentication,
    TokenRefused,
    digest_of,
    token_issue,
    token_revoke,
)
from tests.support.people import PASSWORD
from tests.support.second_factors import add_app, add_passkey, code_of, signed_in
from tests.support.tokens import bearer, make_token

pytestmark = pytest.mark.django_db
TOKENS = "/accounts/tokens/"
FORM = {"name": "PACS", "scopes": ["read", "upload"], "days": "30"}


def authenticate(secret: str, method: str = "get"):
    request = getattr(APIRequestFactory(), method)("/api/v1/cases/", headers=bearer(secret))
    return TokenAuthentication().authenticate(request)


def refusal(secret: str) -> str:
    with pytest.raises(AuthenticationFailed) as error:
        authenticate(secret)
    return str(error.value.get_codes())


def test_a_token_is_its_user(clinician: User) -> None:
    token, secret = make_token(clinician)
    assert authenticate(secret) == (clinician, token)


def test_only_a_digest_is_kept(clinician: User) -> None:
    token, secret = make_token(clinician)
    assert re.fullmatch(r"cxr_[\w-]{43}", secret)
    assert token.digest == digest_of(secret)
    values = ApiToken.objects.filter(pk=token.pk).values().get()
    assert secret not in str(values)
    assert not AccessEvent.objects.filter(detail__contains=secret[4:]).exists()


@pytest.mark.parametrize("secret", ["", "cxr_unknown", "two words", "ünicode"])
def test_an_unknown_token_is_refused(secret: str) -> None:
    request = APIRequestFactory().get(
        "/", HTTP_AUTHORIZATION=f"Bearer {secret}".encode().decode("latin-1")
    )
    with pytest.raises(AuthenticationFailed) as error:
        TokenAuthentication().authenticate(request)
    assert error.value.get_codes() == "token_invalid"


def test_other_kinds_of_authorization_are_left_to_others() -> None:
    request = APIRequestFactory().get("/", headers={"Authorization": "Basic abc"})
    assert TokenAuthentication().authenticate(request) is None
    assert TokenAuthentication().authenticate_header(request).startswith("Bearer ")


def test_an_expired_token_is_refused(clinician: User) -> None:
    token, secret = make_token(clinician)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    assert refusal(secret) == "token_expired"


def test_a_revoked_token_is_refused(clinician: User) -> None:
    token, secret = make_token(clinician)
    assert token_revoke(token=token, actor=clinician)
    assert not token_revoke(token=token, actor=clinician)
    assert refusal(secret) == "token_revoked"


@pytest.mark.parametrize("field", ["is_active", "is_approved"])
def test_a_token_of_a_shut_account_is_refused(clinician: User, field: str) -> None:
    _, secret = make_token(clinician)
    User.objects.filter(pk=clinician.pk).update(**{field: False})
    assert refusal(secret) == "token_invalid"


def test_its_use_is_noted_at_most_once_a_minute(clinician: User) -> None:
    token, secret = make_token(clinician)
    authenticate(secret)
    token.refresh_from_db()
    first = token.last_used_at
    authenticate(secret)
    token.refresh_from_db()
    assert token.last_used_at == first
    earlier = timezone.now() - timedelta(seconds=61)
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=earlier)
    authenticate(secret)
    token.refresh_from_db()
    assert token.last_used_at > earlier


@pytest.mark.parametrize(
    ("scopes", "method", "needed", "allowed"),
    [
        (["read"], "get", None, True),
        (["read"], "post", None, False),
        (["read"], "post", "upload", False),
        (["upload"], "post", "upload", True),
        (["upload"], "get", None, False),
        (["write"], "get", None, True),
        (["write"], "post", "upload", True),
        (["write"], "post", "export", False),
        (["export"], "post", "export", True),
    ],
)
def test_scopes_bound_what_it_may(clinician: User, scopes, method, needed, allowed) -> None:
    _, secret = make_token(clinician, *scopes)
    request = getattr(APIRequestFactory(), method)("/", headers=bearer(secret))
    request.user, request.auth = TokenAuthentication().authenticate(request)
    view = type("View", (), {"token_scope": needed})()
    assert IsApproved().has_permission(request, view) is allowed


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"scopes": []},
        {"scopes": ["root"]},
        {"lifetime": timedelta(days=366)},
        {"lifetime": timedelta(0)},
    ],
)
def test_a_token_without_name_scope_or_end_is_not_made(clinician: User, change) -> None:
    values = {"user": clinician, "name": "x", "scopes": ["read"], "lifetime": timedelta(days=1)}
    with pytest.raises(TokenRefused):
        token_issue(**(values | change))


# --- the page ------------------------------------------------------------------------------------


def test_the_page_shows_the_secret_once(client: Client, clinician: User) -> None:
    secret = add_app(clinician)
    client.post("/accounts/login/", {"login": clinician.email, "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    page = client.post(TOKENS, FORM)
    assert "no-store" in page["Cache-Control"]
    shown = re.search(r"cxr_[\w-]{43}", page.content.decode())[0]
    token = ApiToken.objects.get(digest=digest_of(shown))
    assert token.scopes == ["read", "upload"]
    assert round((token.expires_at - token.created_at) / timedelta(days=1)) == 30
    assert shown not in client.get(TOKENS).content.decode()
    assert AccessEvent.objects.filter(verb="secure", detail__startswith="token made").exists()


def test_without_second_factor_there_is_no_token(client: Client, clinician: User) -> None:
    client.post("/accounts/login/", {"login": clinician.email, "password": PASSWORD})
    response = client.post(TOKENS, FORM)
    assert response.status_code == 403
    assert b"second_factor_required" in response.content
    assert not ApiToken.objects.exists()


def test_a_token_asks_who_it_is_first(client: Client, clinician: User) -> None:
    add_passkey(clinician)
    signed_in(client, clinician)
    response = client.post(TOKENS, FORM)
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert not ApiToken.objects.exists()
    page = client.post(response["Location"], {"password": PASSWORD})
    assert re.search(rb"cxr_[\w-]{43}", page.content)  # the form was kept meanwhile
    assert ApiToken.objects.count() == 1


def test_only_the_owner_revokes_a_token_on_the_page(
    client: Client, clinician: User, stranger: User
) -> None:
    token, _ = make_token(clinician)
    client.force_login(stranger)
    assert client.post(f"/accounts/tokens/{token.pk}/revoke/").status_code == 404
    client.force_login(clinician)
    assert client.post(f"/accounts/tokens/{token.pk}/revoke/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
