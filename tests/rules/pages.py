"""Every page that somebody may open, out of the access table: a new row brings its page along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from tests.rules.access_table import row_of
from tests.rules.access_world import ROLES, World, arguments
from tests.rules.routes import routes


@dataclass(frozen=True, slots=True)
class PageOf:
    """One address as one role sees it."""

    name: str
    role: str
    path: str


def pages_of(world: World) -> Iterator[PageOf]:
    """The stock admin is left out, as its pages are Django's; and so are data and files."""
    for route in routes():
        row = row_of(route)
        if route.method != "GET" or row is None or not _is_ours(route.name):
            continue
        path = reverse(route.name, kwargs=arguments(world, row.arguments, route.name))
        for role, expected in zip(ROLES, row.expected, strict=True):
            if expected == "200" and role != "stranger":
                yield PageOf(route.name, role, path)


def _is_ours(name: str) -> bool:
    return not name.startswith(("admin:", "api:")) or name == "api:docs"
