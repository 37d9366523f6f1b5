"""The Django admin: who gets in, what can be done there, and that it is all in the audit trail."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from cxrportal.accounts.administration import AuditedAdmin
from cxrportal.accounts.models import AccessEvent, ApiToken, Department, Membership, User
from tests.support.people import PASSWORD, make_user
from tests.support.second_factors import add_passkey, signed_in
from tests.support.tokens import make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_work(client: Client, admin: User) -> Client:
    return signed_in(client, admin)


def act(client: Client, user: User, name: str):
    return client.post(reverse("admin:accounts_user_act", args=[user.pk, name]))


def details() -> list[str]:
    events = AccessEvent.objects.filter(verb="administer").order_by("id")
    return list(events.values_list("detail", flat=True))


def test_the_admin_has_no_sign_in_page_of_its_own(client: Client) -> None:
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2F"
    response = client.post("/admin/login/", {"username": "a@example.org", "password": PASSWORD})
    assert response["Location"].startswith("/accounts/login/")


def test_other_roles_find_nothing_there(client: Client, clinician: User) -> None:
    client.force_login(clinician)
    for path in ("/admin/", "/admin/accounts/user/", "/admin/accounts/accessevent/"):
        assert client.get(path, follow=True).status_code == 404


def test_an_administrator_without_second_factor_sets_it_up_first(
    client: Client, admin: User
) -> None:
    client.force_login(admin)
    assert client.get("/admin/")["Location"] == reverse("accounts:second-factor")


def test_an_administrator_needs_no_superuser_flag(client: Client) -> None:
    user = make_user("admin", is_superuser=False)
    client = signed_in(client, user)
    assert client.get("/admin/accounts/user/").status_code == 200


def test_a_superuser_who_is_no_administrator_is_a_stranger(client: Client) -> None:
    client.force_login(make_user(is_superuser=True))
    assert client.get("/admin/accounts/user/", follow=True).status_code == 404


def test_approval_lets_a_registration_in(at_work: Client) -> None:
    new = make_user(is_approved=False)
    values = {"action": "approve", "_selected_action": [str(new.pk)]}
    at_work.post("/admin/accounts/user/", values)
    new.refresh_from_db()
    assert new.is_approved
    assert details() == ["approved"]
    act(at_work, new, "approve")
    assert details() == ["approved"]  # a second time changes nothing


def test_deactivation_ends_sessions_and_tokens(at_work: Client, clinician: User) -> None:
    other = signed_in(Client(), clinician)
    token, _ = make_token(clinician)
    act(at_work, clinician, "deactivate")
    assert other.get("/accounts/profile/").status_code == 302
    assert not UserSession.objects.filter(user=clinician).exists()
    assert ApiToken.objects.get(pk=token.pk).revoked_at is not None


def test_an_administrator_cannot_shut_themselves_out(at_work: Client, admin: User) -> None:
    for name in ("deactivate", "reset-second-factor"):
        act(at_work, admin, name)
    change = reverse("admin:accounts_user_change", args=[admin.pk])
    values = {"email": admin.email, "full_name": "Admin", "title": ""} | NO_MEMBERSHIPS
    assert at_work.post(change, values).status_code == 302  # is_staff not ticked
    admin.refresh_from_db()
    assert (admin.is_active, admin.is_staff) == (True, True)
    assert Authenticator.objects.filter(user=admin).exists()


NO_MEMBERSHIPS = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


def reset_link(client: Client, user: User) -> str:
    page = act(client, user, "reset-link").content.decode()
    return re.search(r"http://testserver(/accounts/password/reset/key/[^<\s]+)", page)[1]


def test_a_reset_link_works_once(at_work: Client, clinician: User) -> None:
    link = reset_link(at_work, clinician)
    assert "password reset link made" in details()
    visitor = Client()
    form = visitor.get(link, follow=True).redirect_chain[-1][0]
    new = "an entirely new password"
    visitor.post(form, {"password1": new, "password2": new})
    clinician.refresh_from_db()
    assert clinician.check_password(new)
    assert b"does not work" in Client().get(link, follow=True).content
    assert AccessEvent.objects.filter(verb="secure", detail__contains="reset by a link").exists()


def test_a_reset_link_expires(at_work: Client, clinician: User, settings) -> None:
    link = reset_link(at_work, clinician)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert b"does not work" in Client().get(link, follow=True).content


def test_a_reset_link_needs_a_post_and_is_not_cached(at_work: Client, clinician: User) -> None:
    address = reverse("admin:accounts_user_act", args=[clinician.pk, "reset-link"])
    assert at_work.get(address).status_code == 405
    assert "no-store" in at_work.post(address)["Cache-Control"]


def test_a_lost_second_factor_is_removed_with_sessions_and_tokens(
    at_work: Client, clinician: User
) -> None:
    add_passkey(clinician)
    token, _ = make_token(clinician)
    act(at_work, clinician, "reset-second-factor")
    assert not Authenticator.objects.filter(user=clinician).exists()
    assert ApiToken.objects.get(pk=token.pk).revoked_at is not None
    assert "second factor removed" in details()


def test_a_new_account_chooses_its_own_password(at_work: Client, department: Department) -> None:
    values = {
        "email": "Made@Example.org", "full_name": "Made Here", "title": "",
        "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0",
        "memberships-0-department": str(department.pk), "memberships-0-role": "clinician",
    }  # fmt: skip
    assert at_work.post("/admin/accounts/user/add/", values).status_code == 302
    user = User.objects.get(email="made@example.org")
    assert user.is_approved
    assert not user.has_usable_password()
    assert Membership.objects.filter(user=user, department=department, role="clinician").exists()
    assert "added" in details()
    link = reset_link(at_work, user)
    assert b"Choose a new password" in Client().get(link, follow=True).content


def test_a_changed_address_is_the_only_one_that_signs_in(at_work: Client, clinician: User) -> None:
    old = clinician.email
    Client().post("/accounts/login/", {"login": old, "password": PASSWORD})
    change = reverse("admin:accounts_user_change", args=[clinician.pk])
    values = {"email": "moved@example.org", "full_name": "Moved", "title": ""} | NO_MEMBERSHIPS
    at_work.post(change, values)
    assert (
        Client().post("/accounts/login/", {"login": old, "password": PASSWORD}).status_code == 200
    )
    moved = {"login": "moved@example.org", "password": PASSWORD}
    assert Client().post("/accounts/login/", moved).status_code == 302
    assert any("e-mail address" in d.lower() for d in details())


def test_nobody_is_deleted_and_nothing_is_changed_in_the_trail(
    at_work: Client, clinician: User
) -> None:
    AccessEvent.objects.create(verb="view", target_type="x", target_key="1")
    event = AccessEvent.objects.first()
    for path in (
        f"/admin/accounts/user/{clinician.pk}/delete/",
        f"/admin/accounts/accessevent/{event.pk}/delete/",
        "/admin/accounts/accessevent/add/",
        "/admin/accounts/apitoken/add/",
    ):
        assert at_work.post(path, {"post": "yes"}).status_code == 403
    page = at_work.post(f"/admin/accounts/accessevent/{event.pk}/change/", {"verb": "sign"})
    assert page.status_code == 403


def test_the_trail_is_filtered_and_looking_at_it_is_an_event(
    at_work: Client, clinician: User, researcher: User
) -> None:
    for user, verb in ((clinician, "view"), (researcher, "export")):
        values = {"actor": user, "actor_email": user.email, "verb": verb}
        AccessEvent.objects.create(**values, target_type="case", target_key="k1")
    page = at_work.get("/admin/accounts/accessevent/?verb__exact=export&target_type=case")
    assert researcher.email.encode() in page.content
    assert clinician.email.encode() not in page.content
    page = at_work.get(f"/admin/accounts/accessevent/?q={clinician.email}")
    assert [e.actor for e in page.context["cl"].result_list] == [clinician]
    assert AccessEvent.objects.filter(verb="view", target_type="accessevent").count() == 2


def test_a_token_is_revoked_and_its_digest_not_shown(at_work: Client, clinician: User) -> None:
    token, _ = make_token(clinician)
    page = at_work.get(f"/admin/accounts/apitoken/{token.pk}/change/")
    assert token.digest.encode() not in page.content
    at_work.post(
        "/admin/accounts/apitoken/", {"action": "revoke", "_selected_action": [str(token.pk)]}
    )
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_every_model_in_the_admin_is_audited() -> None:
    unaudited = [
        model.__name__
        for model, model_admin in django_admin.site._registry.items()
        if not isinstance(model_admin, AuditedAdmin)
    ]
    assert unaudited == []
