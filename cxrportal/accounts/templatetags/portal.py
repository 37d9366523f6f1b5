"""What templates ask about the person."""

from __future__ import annotations

from django import template

from cxrportal.accounts.permissions import (
    CLINICIAN,
    RESEARCHER,
    adjudicates,
    has_role,
    is_administrator,
)

register = template.Library()


@register.simple_tag(takes_context=True)
def roles(context: template.Context) -> dict[str, bool]:
    """Which roles the user of this request has."""
    user = context["user"]
    return {
        "clinician": has_role(user, CLINICIAN),
        "adjudicator": adjudicates(user),
        "researcher": has_role(user, RESEARCHER),
        "admin": is_administrator(user),
    }
