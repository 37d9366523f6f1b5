"""Second factors for tests, without a browser and without an app."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.test import Client

from cxrportal.accounts import second_factor
from cxrportal.accounts.models import User
from tests.support.people import PASSWORD


def add_passkey(user: User, name: str = "Passkey") -> Authenticator:
    """A row as a passkey leaves it; it cannot be used, but it counts as enrolled."""
    data = {"name": name, "credential": {}}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


def add_app(user: User) -> str:
    """An authenticator app. Returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str, step: int = 0) -> str:
    """What the app shows now, or ``step`` periods of 30 s later."""
    now = sorted(counters())[len(list(counters())) // 2]
    return format_hotp_value(hotp_value(secret, now + step))


def add_recovery_codes(user: User) -> list[str]:
    return RecoveryCodes.activate(user).get_unused_codes()


def signed_in(client: Client, user: User) -> Client:
    """A session of this user, listed, with the second factor that the role needs."""
    if second_factor.is_required(user) and not second_factor.is_enrolled(user):
        add_app(user)
    client.force_login(user)
    user.usersession_set.get_or_create(
        session_key=client.session.session_key, defaults={"ip": "127.0.0.1", "user_agent": "test"}
    )
    return client


def just_proven(client: Client, user: User) -> Client:
    """The same with the password given once more, a moment ago."""
    signed_in(client, user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client
