"""Sign-ins and changes of passwords and second factors go into the audit trail.

They happen inside Django and allauth, so signals are the only place to hear of them.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from django.contrib.auth import signals as auth_signals
from django.http import HttpRequest

from cxrportal.accounts import second_factor
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.lockout import account_key, count_failure
from cxrportal.accounts.models import User
from cxrportal.accounts.tokens import tokens_revoke_all


def connect() -> None:
    """Called once, when the app is ready."""
    auth_signals.user_logged_in.connect(_signed_in, dispatch_uid="audit")
    auth_signals.user_logged_out.connect(_signed_out, dispatch_uid="audit")
    auth_signals.user_login_failed.connect(_sign_in_failed, dispatch_uid="audit")
    account_signals.user_signed_up.connect(_registered, dispatch_uid="audit")
    account_signals.password_changed.connect(_password_changed, dispatch_uid="audit")
    account_signals.password_reset.connect(_password_reset, dispatch_uid="audit")
    mfa_signals.authenticator_added.connect(_factor_added, dispatch_uid="audit")
    mfa_signals.authenticator_removed.connect(_factor_removed, dispatch_uid="audit")
    mfa_signals.authenticator_reset.connect(_factor_reset, dispatch_uid="audit")
    mfa_signals.authentication_failed.connect(_code_failed, dispatch_uid="audit")


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    record_access(user, Verb.SIGN_IN, user, request=request)


def _signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        why = getattr(request, "sign_out_reason", "")
        record_access(user, Verb.SIGN_OUT, user, detail=why, request=request)


def _sign_in_failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Only a known address is kept: people type passwords into the wrong field."""
    if request is None:
        return
    user = User.objects.filter(email=account_key(request, credentials)).first()
    detail = "wrong password"
    if user is not None and not user.is_active:
        detail = "account deactivated"
    elif getattr(request, "axes_locked_out", False):
        detail = "locked out"
    record_access(user, Verb.REFUSE, user or ("user", "unknown"), detail=detail, request=request)


def _registered(request: HttpRequest, user: User, **_: Any) -> None:
    record_access(user, Verb.CREATE, user, detail="registration", request=request)


def _password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    record_access(user, Verb.SECURE, user, detail="password changed", request=request)


def _password_reset(request: HttpRequest, user: User, **_: Any) -> None:
    record_access(user, Verb.SECURE, user, detail="password reset by a link", request=request)


def _factor_added(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    detail = f"second factor added: {authenticator.type}"
    record_access(user, Verb.SECURE, user, detail=detail, request=request)


def _factor_removed(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    detail = f"second factor removed: {authenticator.type}"
    record_access(user, Verb.SECURE, user, detail=detail, request=request)
    if not second_factor.is_enrolled(user):
        tokens_revoke_all(user=user, actor=user, reason="second factor removed")


def _factor_reset(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    detail = f"second factor renewed: {authenticator.type}"
    record_access(user, Verb.SECURE, user, detail=detail, request=request)


def _code_failed(request: HttpRequest, user: User, **_: Any) -> None:
    count_failure(request, user)
    record_access(user, Verb.REFUSE, user, detail="wrong second factor", request=request)
