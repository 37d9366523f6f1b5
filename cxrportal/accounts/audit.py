"""The only door to the audit trail."""

from __future__ import annotations

from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.http import HttpRequest

from cxrportal.accounts.models import AccessEvent, User

Verb = AccessEvent.Verb


def record_access(
    actor: Any,
    verb: str,
    target: models.Model | tuple[str, str],
    *,
    detail: str = "",
    request: HttpRequest | None = None,
) -> None:
    """Write one event. ``target`` is a row or a pair (type, key); anonymous is kept as none."""
    target_type, target_key = (
        target if isinstance(target, tuple) else (target._meta.model_name or "", str(target.pk))
    )
    user = actor if isinstance(actor, User) else None
    AccessEvent.objects.create(
        actor=user,
        actor_email=user.email if user else "",
        verb=verb,
        target_type=target_type[:40],
        target_key=target_key[:64],
        department_key=str(getattr(target, "department_id", "") or ""),
        detail=detail[:200],
        ip_address=client_ip(request) if request else None,
    )


def client_ip(request: HttpRequest) -> str | None:
    """The visitor's address, seen through TRUSTED_PROXY_COUNT proxies; None if not valid."""
    try:
        address: str | None = get_client_ip(request)
    except ImproperlyConfigured:  # fewer hops than promised: the request did not come by the proxy
        address = request.META.get("REMOTE_ADDR") or None
    return address
