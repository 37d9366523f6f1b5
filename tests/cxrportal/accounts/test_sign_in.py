"""Signing in and out, registration and its approval, lockout, idle time-out."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from django.urls import reverse

from cxrportal.accounts.models import AccessEvent, User
from tests.support.people import PASSWORD, make_user

LOGIN = "/accounts/login/"
pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: str):
    return client.post(LOGIN, {"login": email, "password": password} | extra)


def verbs() -> list[str]:
    return list(AccessEvent.objects.order_by("id").values_list("verb", flat=True))


def test_a_clinician_signs_in_by_e_mail_in_any_case(client: Client, clinician: User) -> None:
    response = sign_in(client, clinician.email.upper())
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(clinician.pk)
    event = AccessEvent.objects.get()
    assert (event.verb, event.actor, event.ip_address) == ("sign_in", clinician, "127.0.0.1")


def test_a_wrong_password_signs_nobody_in_and_is_an_event(client: Client, clinician: User) -> None:
    response = sign_in(client, clinician.email, "wrong")
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session
    event = AccessEvent.objects.get()
    assert (event.verb, event.actor) == ("refuse", clinician)


def test_what_a_stranger_types_is_not_kept(client: Client) -> None:
    sign_in(client, "my-password-by-mistake@example.org", "wrong")
    event = AccessEvent.objects.get()
    assert (event.target_key, event.actor, event.actor_email) == ("unknown", None, "")
    assert "mistake" not in f"{event.detail}{event.target_key}{event.actor_email}"


def test_signing_out_needs_a_post(client: Client, clinician: User) -> None:
    client.force_login(clinician)
    assert client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in client.session
    response = client.post("/accounts/logout/")
    assert response["Clear-Site-Data"] == '"cache"'
    assert response.status_code == 302
    assert response["Location"] == LOGIN
    assert "_auth_user_id" not in client.session
    assert verbs()[-1] == "sign_out"


def test_the_page_after_sign_in_is_never_elsewhere(client: Client, clinician: User) -> None:
    response = sign_in(client, clinician.email, next="https://evil.example/")
    assert "evil" not in response["Location"]


# --- registration --------------------------------------------------------------------------------


def register(client: Client, email: str = "new@example.org"):
    values = {
        "full_name": "New Person",
        "email": email,
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    return client.post("/accounts/signup/", values)


def test_a_registration_waits_for_approval(client: Client) -> None:
    response = register(client)
    assert response["Location"] == reverse("accounts:pending")
    user = User.objects.get(email="new@example.org")
    assert (user.full_name, user.is_approved, user.is_staff) == ("New Person", False, False)
    assert "_auth_user_id" not in client.session
    page = sign_in(client, "new@example.org")
    assert page["Location"] == reverse("accounts:pending")
    assert "_auth_user_id" not in client.session
    assert b"waits for approval" in client.get(page["Location"]).content


def test_a_registration_says_the_same_for_an_address_that_is_taken(
    client: Client, clinician: User
) -> None:
    new, taken = register(client), register(Client(), clinician.email.upper())
    assert (new.status_code, new["Location"]) == (taken.status_code, taken["Location"])
    assert User.objects.filter(email__iexact=clinician.email).count() == 1
    clinician.refresh_from_db()
    assert clinician.full_name != "New Person"


def test_a_registration_cannot_approve_itself(client: Client) -> None:
    values = {"full_name": "X Y", "email": "x@example.org", "password1": PASSWORD}
    rights = {"is_approved": "on", "is_staff": "on", "is_superuser": "on"}
    client.post("/accounts/signup/", values | {"password2": PASSWORD} | rights)
    user = User.objects.get(email="x@example.org")
    assert (user.is_approved, user.is_staff, user.is_superuser) == (False, False, False)


def test_a_deactivated_account_sees_why(client: Client) -> None:
    user = make_user("clinician", is_active=False)
    assert sign_in(client, user.email)["Location"] == reverse("account_inactive")
    assert "_auth_user_id" not in client.session
    assert verbs() == ["refuse"]


def test_withdrawing_the_approval_ends_a_session(client: Client, clinician: User) -> None:
    client.force_login(clinician)
    User.objects.filter(pk=clinician.pk).update(is_approved=False)
    response = client.get("/accounts/profile/")
    assert response["Location"].startswith(LOGIN)
    assert "_auth_user_id" not in client.session


# --- lockout -------------------------------------------------------------------------------------


@pytest.fixture
def axes(settings) -> None:
    settings.AXES_ENABLED = True


@pytest.mark.usefixtures("axes")
def test_the_fifth_wrong_password_locks_and_says_so(client: Client, clinician: User) -> None:
    answers = [sign_in(client, clinician.email, "wrong").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    response = sign_in(client, clinician.email)  # right, but too late
    assert response.status_code == 429
    assert response["Retry-After"] == "900"
    assert b"locked_out" in response.content
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("axes")
def test_case_and_spaces_do_not_make_a_new_account_to_try(client: Client, clinician: User) -> None:
    variants = [clinician.email, clinician.email.upper(), f" {clinician.email} "]
    for email in [*variants, *variants]:
        response = sign_in(client, email, "wrong")
    assert response.status_code == 429


@pytest.mark.usefixtures("axes")
def test_a_lockout_concerns_one_account_only(
    client: Client, clinician: User, researcher: User
) -> None:
    for _ in range(5):
        sign_in(client, clinician.email, "wrong")
    assert sign_in(client, researcher.email).status_code == 302


@pytest.mark.usefixtures("axes")
def test_json_is_told_in_json(client: Client, clinician: User) -> None:
    for _ in range(6):
        response = client.post(
            LOGIN,
            {"login": clinician.email, "password": "wrong"},
            headers={"Accept": "application/json"},
        )
    assert (response.status_code, response.json()["code"]) == (429, "locked_out")


# --- idle time-out -------------------------------------------------------------------------------


def be_idle(client: Client, seconds: float) -> None:
    session = client.session
    session["active_at"] = time.time() - seconds
    session.save()


def test_an_idle_session_ends_and_the_sign_in_leads_back(client: Client, clinician: User) -> None:
    client.force_login(clinician)
    be_idle(client, 901)
    response = client.get("/accounts/profile/?x=1", follow=True)
    assert response.redirect_chain == [(f"{LOGIN}?next=%2Faccounts%2Fprofile%2F%3Fx%3D1", 302)]
    assert b"15 minutes without activity" in response.content
    assert AccessEvent.objects.filter(verb="sign_out", detail__contains="activity").exists()


def test_a_session_in_use_goes_on(client: Client, clinician: User) -> None:
    client.force_login(clinician)
    be_idle(client, 880)
    assert client.get("/accounts/profile/").status_code == 200
    assert time.time() - client.session["active_at"] < 5


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/v1/cases/", {}),
        ("/accounts/profile/", {"Accept": "application/json"}),
    ],
)
def test_programs_get_401_with_a_code(client: Client, clinician: User, path, headers) -> None:
    client.force_login(clinician)
    be_idle(client, 901)
    response = client.get(path, headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "session_expired")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/v1/cases/00000000-0000-0000-0000-000000000000/progress/", {}),
        ("/accounts/profile/", {"X-Background": "1"}),
    ],
)
def test_polling_is_no_activity(client: Client, clinician: User, path, headers) -> None:
    client.force_login(clinician)
    be_idle(client, 600)
    client.get(path, headers=headers)
    assert time.time() - client.session["active_at"] > 590


def test_working_without_requests_can_say_so(client: Client, clinician: User) -> None:
    client.force_login(clinician)
    be_idle(client, 600)
    assert client.get("/accounts/alive/").json() == {"idle_timeout_s": 900}
    assert time.time() - client.session["active_at"] < 5
    client.logout()
    response = client.get("/accounts/alive/", headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["code"]) == (401, "session_expired")


def test_times_are_shown_in_the_users_zone(client: Client, clinician: User) -> None:
    User.objects.filter(pk=clinician.pk).update(time_zone="Asia/Kolkata")
    client.force_login(clinician)
    client.get("/accounts/profile/")
    session = clinician.usersession_set.create(
        session_key=client.session.session_key, ip="127.0.0.1", user_agent="x"
    )
    type(session).objects.update(created_at="2026-01-01T12:00:00Z")
    assert b"2026-01-01 17:30" in client.get("/accounts/sessions/").content
