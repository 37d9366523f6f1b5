"""Beside the database of a running portal: one row of everything, and the pages that show them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.test import Client
from django.test.utils import override_settings

from tests.rules.access_world import World, make_world
from tests.rules.pages import PageOf, pages_of


def addresses() -> str:
    """JSON: the session of each role, and (role, name, path) of each page that is HTML."""
    world = make_world()
    with override_settings(ALLOWED_HOSTS=["*"]):
        pages = [(p.role, p.name, p.path) for p in _once(world) if _is_html(world, p)]
    return json.dumps({"sessions": world.sessions, "pages": pages})


def _once(world: World) -> Iterator[PageOf]:
    """Each page as the first role that may open it sees it; the home page as each role does."""
    seen = set()
    for page in pages_of(world):
        if page.name not in seen or page.name == "dashboard:home":
            yield page
        seen.add(page.name)


def _is_html(world: World, page: PageOf) -> bool:
    client: Client = world.client(page.role)
    response = client.get(page.path, headers={"Accept": "text/html"})
    if response.streaming:
        list(response.streaming_content)
    return response.headers.get("Content-Type", "").startswith("text/html")
