"""API tokens: ``Authorization: Bearer cxr_...``. Only a digest is kept; the secret is seen once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import ApiToken, User
from cxrportal.common.errors import PortalError

PREFIX = "cxr_"
MAX_LIFETIME = timedelta(days=365)
USE_NOTED_EVERY = timedelta(minutes=1)


class TokenInvalid(PortalError):
    code = "token_invalid"
    http_status = 401
    default_message = "This token is not known, or its account may not be used."


class TokenExpired(PortalError):
    code = "token_expired"
    http_status = 401
    default_message = "This token has expired. Make a new one on your tokens page."


class TokenRevoked(PortalError):
    code = "token_revoked"
    http_status = 401
    default_message = "This token was revoked."


class TokenRefused(PortalError):
    code = "token_refused"
    http_status = 400
    default_message = "A token needs a name, at least one scope and an expiry within 365 days."


def digest_of(secret: str) -> str:
    """SHA-256, hexadecimal. The secret has 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_issue(
    *,
    user: User,
    name: str,
    scopes: Sequence[str],
    lifetime: timedelta,
    request: HttpRequest | None = None,
) -> tuple[ApiToken, str]:
    """Make a token. Returns the row and the secret, which exists nowhere else. Raises TokenRefused.

    The page asks for a second factor and a recent authentication first; see ``TokensView``.
    """
    known = set(ApiToken.Scope.values)
    if not name.strip() or not scopes or not set(scopes) <= known:
        raise TokenRefused
    if not timedelta(0) < lifetime <= MAX_LIFETIME:
        raise TokenRefused("A token lives for at most 365 days.")
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name.strip()[:80],
            digest=digest_of(secret),
            scopes=sorted(set(scopes)),
            expires_at=timezone.now() + lifetime,
        )
        detail = f"token made: {token.name} ({', '.join(token.scopes)})"
        record_access(user, Verb.SECURE, token, detail=detail, request=request)
    return token, secret


def token_revoke(
    *, token: ApiToken, actor: User, reason: str = "", request: HttpRequest | None = None
) -> bool:
    """Revoke it for good; False when it already was."""
    with transaction.atomic():
        unrevoked = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
        revoked = bool(unrevoked.update(revoked_at=timezone.now()))
        if revoked:
            detail = f"token revoked: {token.name} {reason}".strip()
            record_access(actor, Verb.SECURE, token, detail=detail, request=request)
    return revoked


def tokens_revoke_all(*, user: User, actor: User, reason: str) -> int:
    """Every token of ``user``. Returns how many were revoked."""
    tokens = ApiToken.objects.filter(user=user, revoked_at=None)
    return sum(token_revoke(token=token, actor=actor, reason=reason) for token in tokens)


def token_check(secret: str) -> ApiToken:
    """The token of this secret. Raises TokenInvalid, TokenRevoked, TokenExpired."""
    token = ApiToken.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if token is None or not (token.user.is_active and token.user.is_approved):
        raise TokenInvalid
    if token.revoked_at is not None:
        raise TokenRevoked
    now = timezone.now()
    if token.expires_at <= now:
        raise TokenExpired
    if token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        token.last_used_at = now
    return token


class TokenAuthentication(BaseAuthentication):
    """REST framework: ``request.user`` is the token's user, ``request.auth`` the token."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = get_authorization_header(request).split()
        if not header or header[0].lower() != b"bearer":
            return None
        try:
            token = token_check(b" ".join(header[1:]).decode("utf-8", "replace"))
        except PortalError as error:  # with this kind, REST framework sends WWW-Authenticate
            raise AuthenticationFailed(error.message, code=error.code) from error
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="CXR Portal"'
