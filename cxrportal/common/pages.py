"""What every page shares: the error page and a few facts for the templates."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from cxrportal.common.errors import PortalError

Handler = Callable[[HttpRequest], HttpResponse]


class PortalErrorMiddleware:
    """A coded failure in a page becomes a page that says what happened."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        if not isinstance(exc, PortalError):
            return None
        if wants_json(request):
            body = {"code": exc.code, "message": exc.message}
            return JsonResponse(body, status=exc.http_status)
        return error_page(request, exc)


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def error_page(request: HttpRequest, exc: PortalError) -> HttpResponse:
    context = {"code": exc.code, "message": exc.message}
    return render(request, "error.html", context, status=exc.http_status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The session ended or cookies are off: say so, and how to go on."""
    message = (
        "This form is too old or cookies are switched off. Go back, reload the page, try again."
    )
    if wants_json(request):
        return JsonResponse({"code": "csrf_failed", "message": message}, status=403)
    return render(request, "error.html", {"code": "csrf_failed", "message": message}, status=403)


def portal_context(request: HttpRequest) -> dict[str, object]:
    """``institution`` and the idle time-out for every template."""
    return {"institution": settings.INSTITUTION_NAME, "idle_timeout_s": settings.IDLE_TIMEOUT_S}
