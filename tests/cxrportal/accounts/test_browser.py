"""Accounts in a real Chromium: the strict policy holds, passkeys work, idle sessions end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from playwright.sync_api import Page, expect, sync_playwright

from cxrportal.accounts.models import AccessEvent, User
from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.watch import Watch
from tests.support.people import PASSWORD, make_department, make_user
from tests.support.second_factors import code_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAME = "admin@example.org"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@contextmanager
def chromium_page(base_url: str, scheme: str = "light") -> Iterator[tuple[Page, Watch]]:
    """A page whose complaints fail the test. Inside, no ORM: an event loop runs here."""
    program = chromium()
    if program is None:
        pytest.skip("no Chromium: set CHROMIUM, or put one on the search path")
    watch = Watch()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        context = browser.new_context(base_url=base_url, color_scheme=scheme)
        context.on("page", watch.follow)
        yield context.new_page(), watch
        browser.close()
    assert watch.faults() == []


@pytest.fixture
def administrator() -> User:
    return make_user("admin", email=NAME)


@pytest.fixture
def colleague() -> User:
    department = make_department("Radiology", second_factor_required=True)
    return make_user("clinician", department, email="colleague@example.org")


def sign_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _withdraw_approval(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_approved=False)
    connection.close()


def test_an_administrator_sets_up_an_app_and_works_in_the_admin(
    live_server, administrator: User, colleague: User
) -> None:
    with chromium_page(live_server.url, "dark") as (page, _):
        for path in ("signup", "pending", "password/reset", "password/reset/done", "inactive"):
            page.goto(f"/accounts/{path}/")
        sign_in(page, NAME)
        expect(page.get_by_role("heading", level=1)).to_have_text("Set up your second factor")
        page.get_by_role("link", name="Authenticator app").click()
        expect(page.get_by_role("img", name="QR code")).to_have_js_property("complete", True)
        page.get_by_text("I cannot scan it").click()
        secret = page.locator("#authenticator_secret").inner_text()
        page.get_by_label("Code").fill(code_of(secret))
        page.get_by_role("button", name="Switch it on").click()
        expect(page.locator("#recovery-codes li")).to_have_count(10)
        with page.expect_download() as download:
            page.get_by_role("button", name="Save as a file").click()
        assert len(re.findall(r"\d{8}", download.value.path().read_text())) == 10
        for path in ("profile", "password/change", "2fa", "sessions", "tokens"):
            page.goto(f"/accounts/{path}/")
            expect(page.get_by_role("navigation", name="Your account")).to_be_visible()
        for path in (
            "",
            "user/",
            "user/add/",
            "department/add/",
            "membership/add/",
            "accessevent/",
        ):
            page.goto(f"/admin/accounts/{path}")
            expect(page.locator("#site-name")).to_be_visible()
        page.goto("/admin/accounts/user/")
        page.get_by_role("link", name="colleague@example.org").click()
        page.get_by_role("button", name="Make a password reset link").click()
        expect(page.locator("#reset-link")).to_contain_text("/accounts/password/reset/key/")
    assert Authenticator.objects.filter(user=administrator, type="totp").exists()


def test_a_passkey_is_made_and_signs_in(live_server, colleague: User) -> None:
    with chromium_page(live_server.url) as (page, _):
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        sign_in(page, colleague.email)
        page.get_by_role("link", name="Passkey").click()
        page.get_by_label("Name").fill("Reading room 2")
        page.get_by_role("button", name="Make the passkey").click()
        expect(page.locator("#recovery-codes li")).to_have_count(10)
        page.goto("/accounts/2fa/")
        expect(page.get_by_role("cell", name="Reading room 2")).to_be_visible()
        for use in ("alone", "as second step"):
            page.goto("/accounts/logout/")
            page.get_by_role("main").get_by_role("button", name="Sign out").click()
            if use == "alone":
                page.get_by_role("button", name="Sign in with a passkey").click()
            else:
                sign_in(page, colleague.email)
                page.get_by_role("button", name="Use a passkey").click()
            page.wait_for_url(f"{live_server.url}/")
            page.goto("/accounts/profile/")
            expect(page.get_by_role("definition").first).to_have_text(colleague.email)
    assert AccessEvent.objects.filter(verb="sign_in", actor=colleague).count() == 3


def test_a_passkey_of_an_account_without_approval_opens_nothing(
    live_server, colleague: User
) -> None:
    with chromium_page(live_server.url) as (page, _):
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        sign_in(page, colleague.email)
        page.get_by_role("link", name="Passkey").click()
        page.get_by_role("button", name="Make the passkey").click()
        expect(page.locator("#recovery-codes li")).to_have_count(10)
        page.goto("/accounts/logout/")
        page.get_by_role("main").get_by_role("button", name="Sign out").click()
        with ThreadPoolExecutor(1) as elsewhere:  # Playwright's event loop runs in this thread
            elsewhere.submit(_withdraw_approval, colleague).result()
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your account waits for approval")
        page.goto("/accounts/profile/")
        expect(page).to_have_url(re.compile("/accounts/login/"))


def test_an_idle_session_warns_can_be_kept_and_ends(live_server, settings) -> None:
    settings.IDLE_TIMEOUT_S = 6
    user = make_user(email="reader@example.org")
    queue = "Object.keys(localStorage).filter((key) => key.startsWith('cxr-queue:')).length"
    with chromium_page(live_server.url) as (page, watch):
        watch.allow("401")
        sign_in(page, user.email)
        page.goto("/accounts/profile/")
        page.evaluate(f"localStorage.setItem('cxr-queue:{user.pk}:case', 'finding')")
        page.evaluate("localStorage.setItem('cxr-queue:somebody-else:case', 'finding')")
        warning = page.get_by_role("alertdialog")
        expect(warning).to_contain_text("signed out in", timeout=10_000)
        warning.get_by_role("button", name="Stay signed in").click()
        expect(warning).to_have_count(0)
        page.reload()
        assert page.evaluate(queue) == 1  # one's own stays, somebody else's went
        page.wait_for_url("**/accounts/login/?next=%2Faccounts%2Fprofile%2F", timeout=20_000)
        expect(page.get_by_role("status")).to_contain_text("You were signed out")
        assert page.evaluate(queue) == 0
    assert AccessEvent.objects.filter(verb="sign_out", actor=user).count() == 1
