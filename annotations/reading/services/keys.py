"""A reader's own keys, the same wherever they log in."""

from __future__ import annotations

import re
from collections import Counter

from django.db import transaction

from annotations.models import ReadingKeys
from cxrportal.accounts.models import User
from cxrportal.common.errors import PortalError

MAX_KEYS = 120
ACTION = re.compile(r"[a-z][a-z0-9:_-]{0,39}")
CHORD = re.compile(r"(Ctrl\+)?(Alt\+)?(Shift\+)?(\S|[A-Z][A-Za-z0-9]{1,19})")
NOT_REMAPPED = frozenset(("escape", "sheet"))
# The way out, moving the focus and pressing a control: never taken from the keyboard's user.
RESERVED = frozenset(("Escape", "Tab", "Enter", "?"))


class InvalidKeys(PortalError):
    code = "invalid_keys"
    http_status = 400
    default_message = "These keys are not valid."


def keys_save(*, user: User, keys: dict[str, str], single_keys: bool) -> ReadingKeys:
    """Replace the user's keys; an empty map is the usual keys. Raises InvalidKeys."""
    _check(keys)
    with transaction.atomic():
        saved, _ = ReadingKeys.objects.update_or_create(
            user=user, defaults={"keys": keys, "single_keys": single_keys}
        )
    return saved


def _check(keys: dict[str, str]) -> None:
    if len(keys) > MAX_KEYS:
        raise InvalidKeys(f"At most {MAX_KEYS} keys can be changed.")
    for action, chord in keys.items():
        if not ACTION.fullmatch(action) or action in NOT_REMAPPED:
            raise InvalidKeys(f"The key of “{action[:40]}” cannot be changed.")
        base = chord.rsplit("+", 1)[-1] or "+"
        if not CHORD.fullmatch(chord) or base in RESERVED or base.startswith("Arrow"):
            raise InvalidKeys(f"“{chord[:40]}” cannot be used as a key.", code="key_reserved")
    twice = [chord for chord, count in Counter(keys.values()).items() if count > 1]
    if twice:
        raise InvalidKeys(f"“{twice[0]}” is given to two actions.", code="key_taken")
