"""The second factor: who needs one, how it is set up, and that it is asked for."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from cxrportal.accounts import second_factor
from cxrportal.accounts.models import AccessEvent, Department, User
from tests.support.people import PASSWORD
from tests.support.second_factors import (
    add_app,
    add_passkey,
    add_recovery_codes,
    code_of,
    signed_in,
)
from tests.support.tokens import make_token

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
CODE = "/accounts/2fa/authenticate/"
SETUP = "/accounts/second-factor/"


def password_step(client: Client, user: User):
    return client.post(LOGIN, {"login": user.email, "password": PASSWORD})


# --- who needs one -------------------------------------------------------------------------------


def test_who_needs_a_second_factor(department: Department, clinician: User, admin: User) -> None:
    assert second_factor.is_required(admin)
    assert not second_factor.is_required(clinician)
    Department.objects.filter(pk=department.pk).update(second_factor_required=True)
    assert second_factor.is_required(User.objects.get(pk=clinician.pk))
    Department.objects.filter(pk=department.pk).update(is_active=False)
    assert not second_factor.is_required(User.objects.get(pk=clinician.pk))


def test_recovery_codes_alone_are_no_second_factor(clinician: User) -> None:
    add_recovery_codes(clinician)
    assert not second_factor.is_enrolled(clinician)


def test_without_it_nothing_else_is_open(client: Client, admin: User) -> None:
    client.force_login(admin)
    for path in ("/", "/admin/", "/accounts/profile/", "/accounts/tokens/", "/accounts/sessions/"):
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (302, SETUP)
    response = client.get("/api/v1/cases/")
    assert (response.status_code, response.json()["code"]) == (403, "second_factor_required")
    assert client.get(SETUP).status_code == 200
    assert client.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_a_department_can_ask_its_members_for_it(
    client: Client, department: Department, clinician: User
) -> None:
    client.force_login(clinician)
    assert client.get("/accounts/profile/").status_code == 200
    Department.objects.filter(pk=department.pk).update(second_factor_required=True)
    assert client.get("/accounts/profile/")["Location"] == SETUP


# --- set-up --------------------------------------------------------------------------------------


def test_an_administrator_sets_up_an_app_right_after_the_password(
    client: Client, admin: User
) -> None:
    password_step(client, admin)
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200  # no second question for the password
    secret = page.context["form"].secret
    response = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert response["Location"] == reverse("mfa_view_recovery_codes")
    codes = client.get(response["Location"])
    assert len(codes.context["unused_codes"]) == 10
    assert client.get("/accounts/profile/").status_code == 200
    again = client.get(response["Location"])  # shown once
    assert set(again.context["unused_codes"]) == {"****"}


def test_the_set_up_asks_who_it_is_after_a_while(client: Client, admin: User) -> None:
    client.force_login(admin)  # a session without a recent password
    response = client.get("/accounts/2fa/totp/activate/")
    assert response["Location"].startswith("/accounts/reauthenticate/")
    response = client.post(response["Location"], {"password": PASSWORD})
    assert response["Location"] == "/accounts/2fa/totp/activate/"
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_secrets_are_not_readable_in_the_database(clinician: User, settings) -> None:
    secret = add_app(clinician)
    stored = Authenticator.objects.get(user=clinician)
    assert secret not in str(stored.data)
    assert stored.wrap().validate_code(code_of(secret))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "renewed"
    assert stored.wrap().validate_code(code_of(secret, 1))


# --- sign-in -------------------------------------------------------------------------------------


def test_the_password_alone_is_not_enough(client: Client, clinician: User) -> None:
    secret = add_app(clinician)
    assert password_step(client, clinician)["Location"] == CODE
    assert "_auth_user_id" not in client.session
    assert client.post(CODE, {"code": "000000"}).status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.post(CODE, {"code": code_of(secret)}).status_code == 302
    assert client.session["_auth_user_id"] == str(clinician.pk)


def test_a_code_works_once(clinician: User) -> None:
    secret = add_app(clinician)
    code, answers = code_of(secret), []
    for visitor in (Client(), Client()):
        password_step(visitor, clinician)
        answers.append(visitor.post(CODE, {"code": code}).status_code)
    assert answers == [302, 200]


def test_a_recovery_code_works_once(clinician: User) -> None:
    add_app(clinician)
    code, answers = add_recovery_codes(clinician)[0], []
    for visitor in (Client(), Client()):
        password_step(visitor, clinician)
        answers.append(visitor.post(CODE, {"code": code}).status_code)
    assert answers == [302, 200]


def test_wrong_codes_lock_like_wrong_passwords(client: Client, clinician: User, settings) -> None:
    settings.AXES_ENABLED = True
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "100/m/ip"}
    secret = add_app(clinician)
    password_step(client, clinician)
    answers = [client.post(CODE, {"code": "000000"}).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    response = client.post(CODE, {"code": code_of(secret)})
    assert (response.status_code, b"locked_out" in response.content) == (429, True)
    assert "_auth_user_id" not in client.session
    assert password_step(Client(), clinician).status_code == 429
    refused = AccessEvent.objects.filter(verb="refuse", detail="wrong second factor")
    assert refused.count() == 5


# --- changes -------------------------------------------------------------------------------------


def test_who_needs_it_cannot_drop_the_last_one(client: Client, admin: User) -> None:
    secret = add_app(admin)
    password_step(client, admin)
    client.post(CODE, {"code": code_of(secret)})
    client.post("/accounts/2fa/totp/deactivate/")
    assert second_factor.is_enrolled(admin)
    add_passkey(admin)
    client.post("/accounts/2fa/totp/deactivate/")
    assert list(Authenticator.objects.filter(user=admin).values_list("type", flat=True)) == [
        "webauthn"
    ]


def test_dropping_it_revokes_tokens_and_is_an_event(client: Client, clinician: User) -> None:
    secret = add_app(clinician)
    token, _ = make_token(clinician)
    password_step(client, clinician)
    client.post(CODE, {"code": code_of(secret)})
    client.post("/accounts/2fa/totp/deactivate/")
    assert not second_factor.is_enrolled(clinician)
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert AccessEvent.objects.filter(verb="secure", detail="second factor removed: totp").exists()


def test_sessions_elsewhere_can_be_ended(client: Client, clinician: User) -> None:
    here, there = signed_in(client, clinician), signed_in(Client(), clinician)
    assert there.get("/accounts/profile/").status_code == 200
    assert here.post("/accounts/sessions/").status_code == 302
    assert there.get("/accounts/profile/").status_code == 302
    assert here.get("/accounts/profile/").status_code == 200
