"""One way to answer in JSON: errors as ``{code, message}``, lists by keyset pages."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle, ScopedRateThrottle
from rest_framework.views import exception_handler as drf_exception_handler

from cxrportal.common.errors import PortalError


class KeysetPagination(CursorPagination):
    """Pages by the last row seen, so that page 1,000 costs what page 1 costs."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = ("-created_at", "-id")


class AsksForWork:
    """A viewset whose actions named in ``expensive`` cost minutes of a worker.

    Who asks for them more often than the rate of ``throttle_scope`` gets 429 with Retry-After.
    """

    action: str | None
    throttle_scope: ClassVar[str]
    expensive: ClassVar[tuple[str, ...]] = ("create",)

    def get_throttles(self) -> list[BaseThrottle]:
        throttles: list[BaseThrottle] = super().get_throttles()  # type: ignore[misc]
        return [*throttles, ScopedRateThrottle()] if self.action in self.expensive else throttles


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Map every expected failure to ``{code, message}`` with its HTTP status."""
    if isinstance(exc, PortalError):
        body = {"code": exc.code, "message": exc.message} | getattr(exc, "extra", {})
        return Response(body, status=exc.http_status)
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    response = drf_exception_handler(exc, context)
    if response is not None and isinstance(exc, exceptions.APIException):
        response.data = _body(exc)
    return response


def _body(exc: exceptions.APIException) -> dict[str, Any]:
    if isinstance(exc, exceptions.ValidationError):
        return {
            "code": "invalid",
            "message": "Some fields are not valid: " + _first_message(exc.detail),
            "fields": exc.detail,
        }
    codes = exc.get_codes()
    return {"code": codes if isinstance(codes, str) else "error", "message": str(exc.detail)}


def _first_message(detail: Any, where: str = "") -> str:
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        return _first_message(inner, str(name))
    if isinstance(detail, list) and detail:
        return _first_message(detail[0], where)
    return f"{where}: {detail}" if where and where != "non_field_errors" else str(detail)


def version_seen(request: Request) -> int:
    """``?version=`` of a request without a body. Raises ValidationError."""
    version = request.query_params.get("version", "")
    if not version.isdecimal():
        raise serializers.ValidationError({"version": "The version you saw is needed."})
    return int(version)


def conflict(body: dict[str, Any]) -> Response:
    """409 with what stands on the server now."""
    return Response(body, status=status.HTTP_409_CONFLICT)
