"""What templates ask about notes."""

from __future__ import annotations

from django import template

from annotations.notes.selectors import unread_number
from cxrportal.accounts.models import User

register = template.Library()


@register.simple_tag
def unread_notifications(user: User) -> int:
    """How many notifications the user has not read. One query."""
    return unread_number(user)
