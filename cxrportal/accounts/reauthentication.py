"""Is it still the same person? Asked before a signature, a token, a change of second factor, and
before another model is shown to everyone."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.internal.flows.login import (
    get_authentication_records,
    record_authentication,
)
from allauth.core.exceptions import ReauthenticationRequired as AskedOnAPage
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest

from cxrportal.accounts.audit import client_ip
from cxrportal.accounts.lockout import require_unlocked
from cxrportal.accounts.models import User
from cxrportal.common.errors import PortalError
from cxrportal.common.pages import wants_json


class ReauthenticationRequired(PortalError):
    code = "reauthentication_required"
    http_status = 403
    default_message = "Confirm that it is you: enter your password again."


def authenticated_recently(request: HttpRequest, max_age_s: int | None = None) -> bool:
    """Password, code or passkey given in this session within ``max_age_s`` (REAUTHENTICATION_S)."""
    if not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    limit_s = settings.REAUTHENTICATION_S if max_age_s is None else max_age_s
    return any(time.time() - record["at"] < limit_s for record in records[-1:])


def require_recent_authentication(request: HttpRequest, max_age_s: int | None = None) -> None:
    """Raises ReauthenticationRequired (403 ``reauthentication_required``)."""
    if not authenticated_recently(request, max_age_s):
        raise ReauthenticationRequired


def ask_unless_recent(request: HttpRequest) -> None:
    """Before an act of a page. Who did not prove lately who they are is asked, then the form that
    they sent is carried out.

    Raises what allauth's middleware answers with its page; for programs ReauthenticationRequired.
    """
    if authenticated_recently(request):
        return
    raise ReauthenticationRequired if wants_json(request) else AskedOnAPage


def verify_password(request: Any, password: str) -> bool:
    """Is this the password of the signed-in user? Wrong ones count towards the lockout.

    A right one counts as a recent authentication. Raises LockedOut.
    """
    request = getattr(request, "_request", request)  # REST framework wraps Django's request
    user = request.user
    require_unlocked(request, user)
    found = authenticate(request, email=user.email, password=password)
    if found is None or found.pk != user.pk:
        return False
    record_authentication(request, user, method="password", reauthenticated=True)
    if settings.AXES_ENABLED:
        AxesProxyHandler.reset_attempts(username=user.email, ip_address=client_ip(request))
    return True
