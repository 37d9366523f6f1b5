"""The second factor: who needs one, who has one, and how its secrets are kept."""

from __future__ import annotations

import base64
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import memberships_of
from cxrportal.common.errors import PortalError

PRIMARY = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class SecondFactorRequired(PortalError):
    code = "second_factor_required"
    http_status = 403
    default_message = "Your role needs a second factor. Set it up in the browser first."


def is_required(user: User) -> bool:
    """Administrators, and everyone in a department that asks for it."""
    return user.is_staff or any(
        m.department.is_active and m.department.second_factor_required for m in memberships_of(user)
    )


def is_enrolled(user: User) -> bool:
    """An authenticator app or a passkey; recovery codes alone do not count."""
    return bool(Authenticator.objects.filter(user=user, type__in=PRIMARY).exists())


def require_enrolled(user: User) -> None:
    """Raises SecondFactorRequired."""
    if not is_enrolled(user):
        raise SecondFactorRequired


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth's ways, with encrypted secrets; who needs a factor cannot drop the last one."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Raises InvalidToken when SECRET_KEY was changed without a fallback."""
        return _cipher().decrypt(encrypted_text.encode("ascii")).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if not is_required(authenticator.user):
            return True
        others = Authenticator.objects.filter(user=authenticator.user, type__in=PRIMARY)
        return bool(others.exclude(pk=authenticator.pk).exists())

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"

    def _get_site_name(self) -> str:
        return str(settings.INSTITUTION_NAME)


def _cipher() -> MultiFernet:
    """A key for this purpose alone, derived from SECRET_KEY (RFC 5869); old ones still decrypt."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(str(secret))) for secret in secrets])


def _derived(secret: str) -> bytes:
    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"cxrportal second factor")
    return base64.urlsafe_b64encode(kdf.derive(secret.encode()))
