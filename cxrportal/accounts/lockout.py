"""After too many wrong passwords or codes, no more may be tried for a while (django-axes)."""

from __future__ import annotations

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from cxrportal.accounts.models import User
from cxrportal.common.errors import PortalError
from cxrportal.common.pages import wants_json

Credentials = dict[str, Any]


class LockedOut(PortalError):
    code = "locked_out"
    http_status = 429
    default_message = "Too many wrong passwords or codes. Wait a while, then try again."


def account_key(request: HttpRequest, credentials: Credentials | None = None) -> str:
    """The e-mail address that is counted, in lower case; callers name it differently."""
    named = credentials or {}
    for name in ("email", "username"):
        if named.get(name):
            return str(named[name]).strip().lower()[:254]
    return request.POST.get("login", "").strip().lower()[:254]


def require_unlocked(request: HttpRequest, user: User) -> None:
    """Raises LockedOut."""
    if settings.AXES_ENABLED and not AxesProxyHandler.is_allowed(request, {"email": user.email}):
        raise LockedOut


def count_failure(request: HttpRequest, user: User) -> None:
    """One more wrong code; passwords are counted by the authentication backends."""
    AxesProxyHandler.user_login_failed(User, {"email": user.email}, request)


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: Credentials | None = None,
) -> HttpResponse:
    """What a visitor sees instead of the page that counted one failure too many (429)."""
    cool_off = get_cool_off(request)
    wait_s = int(cool_off.total_seconds()) if cool_off else 0
    error = LockedOut()
    if wants_json(request):
        body = {"code": error.code, "message": error.message}
        response: HttpResponse = JsonResponse(body, status=error.http_status)
    else:
        context = {"code": error.code, "wait_minutes": -(-wait_s // 60)}
        response = render(request, "account/locked_out.html", context, status=error.http_status)
    if wait_s:
        response["Retry-After"] = str(wait_s)
    return response
