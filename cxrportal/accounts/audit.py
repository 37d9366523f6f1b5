"""The only door to the audit trail."""

from __future__ import annotations

from typing import Any

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
    """Write one event. ``target`` is a row or a pair (type, key); an anonymous actor is kept as none."""
    target_type, target_key = (
        target
        if isinstance(target, tuple)
        else (target._meta.model_name or "", str(target.pk))
    )
    user = actor if isinstance(actor, User) else None
    AccessEvent.objects.create(
        actor=user,
        actor_email=user.email if user else "",
        verb=verb,
        target_type=target_type,
        target_key=target_key[:64],
        department_key=str(getattr(target, "department_id", "") or ""),
        detail=detail[:200],
        ip_address=(request.META.get("REMOTE_ADDR") or None) if request else None,
    )
