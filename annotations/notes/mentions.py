"""Whom a text mentions: ``@`` and the name or the e-mail address of a colleague. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be mentioned."""

    id: UUID
    name: str
    email: str


def mentioned(text: str, colleagues: Iterable[Colleague]) -> set[UUID]:
    """Ids of those whom ``text`` names. The longest name wins: ``@Ann Lee-Roy`` is not Ann Lee.

    A name that several colleagues share mentions each of them; an e-mail address is one person.
    """
    called: dict[str, set[UUID]] = {}
    for colleague in colleagues:
        for name in filter(None, (colleague.name, colleague.email)):
            called.setdefault(name.casefold(), set()).add(colleague.id)
    if not called:
        return set()
    longest_first = sorted(called, key=len, reverse=True)
    pattern = rf"(?<!\w)@({'|'.join(map(re.escape, longest_first))})(?!\w)"
    return set().union(*(called[name] for name in re.findall(pattern, text.casefold())))
