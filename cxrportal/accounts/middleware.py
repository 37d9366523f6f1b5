"""What holds for every page: sessions end, times are local, roles have their second factor."""

from __future__ import annotations

import time
import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from cxrportal.accounts import second_factor
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import is_approved
from cxrportal.common.errors import PortalError
from cxrportal.common.pages import wants_json

Handler = Callable[[HttpRequest], HttpResponse]

ACTIVE_AT = "active_at"
TOUCH_S = 15  # activity is noted no more often than this: a session is a row, a note is a write
SETUP_PAGES = {
    "account_logout",
    "account_reauthenticate",
    "accounts:second-factor",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_view_recovery_codes",
}


class SessionExpired(PortalError):
    code = "session_expired"
    http_status = 401
    default_message = "Your session ended. Sign in again."


class IdleTimeoutMiddleware:
    """Ends sessions without activity, and those of accounts whose approval was withdrawn."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            reason = _why_over(request)
            if reason:
                return self._end(request, reason)
            if not _is_background(request):
                _touch(request)
        return self.get_response(request)

    def _end(self, request: HttpRequest, reason: str) -> HttpResponse:
        request.sign_out_reason = reason  # type: ignore[attr-defined]  # for the audit trail
        logout(request)
        login_url = reverse(settings.LOGIN_URL)
        if request.path in {login_url, reverse("account_logout")}:
            return self.get_response(request)
        if _is_data(request):
            error = SessionExpired()
            body = {"code": error.code, "message": error.message}
            return JsonResponse(body, status=error.http_status)
        messages.info(request, f"You were signed out: {reason}. Sign in to go on.")
        if request.method not in {"GET", "HEAD"}:
            return redirect(login_url)
        return redirect(f"{login_url}?{urlencode({'next': request.get_full_path()})}")


def _why_over(request: HttpRequest) -> str:
    """Why the session is over, in words for the person; empty when it is not."""
    if not is_approved(request.user):
        return "your account is waiting for approval"
    last = request.session.get(ACTIVE_AT)
    if last is not None and time.time() - last > settings.IDLE_TIMEOUT_S:
        minutes = round(settings.IDLE_TIMEOUT_S / 60)
        return f"{minutes} minutes without activity" if minutes > 1 else "no activity"
    return ""


def _is_background(request: HttpRequest) -> bool:
    """Asked by a page on its own, so no sign that someone sits there."""
    return request.headers.get("X-Background") == "1" or request.path.endswith("/progress/")


def _is_data(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or wants_json(request)


def _touch(request: HttpRequest) -> None:
    now = time.time()
    last = request.session.get(ACTIVE_AT)
    if last is not None and now - last < min(TOUCH_S, settings.IDLE_TIMEOUT_S / 10):
        return
    request.session[ACTIVE_AT] = now
    UserSession.objects.filter(session_key=request.session.session_key).update(
        last_seen_at=timezone.now()
    )


class UserTimeZoneMiddleware:
    """Times are shown in the user's zone, else in that of the settings."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = getattr(request.user, "time_zone", "")
        if not name:
            return self.get_response(request)
        try:
            zone = zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):  # not known on this machine
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)


class SecondFactorMiddleware:
    """Who needs a second factor and has none may set it up or sign out, and nothing else."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        match = request.resolver_match
        if not isinstance(user, User) or (match and match.view_name in SETUP_PAGES):
            return None
        if not second_factor.is_required(user) or second_factor.is_enrolled(user):
            return None
        if _is_data(request):
            error = second_factor.SecondFactorRequired()
            body = {"code": error.code, "message": error.message}
            return JsonResponse(body, status=error.http_status)
        return redirect("accounts:second-factor")
