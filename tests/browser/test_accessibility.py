"""Every page that the access table knows, judged by axe-core; the room is in test_pages.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from tests.browser.axe import everywhere, summary, violations
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LIST = "from tests.browser.addresses import addresses; print(addresses())"
NEEDS_PIXELS = {"reading:room"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A portal with one row of everything; its images have no pixels."""
    stack = Stack(tmp_path_factory.mktemp("world"))
    try:
        yield stack.start(("web",))
    finally:
        stack.stop()


def test_axe_finds_nothing_on_any_page(browser: Browser, world: Stack) -> None:
    listed = json.loads(world.manage("shell", "-v", "0", "-c", LIST).splitlines()[-1])
    pages = sorted(listed["pages"], key=itemgetter(0))
    assert len(pages) > 40
    wrong = []
    for role, addresses in groupby(pages, key=itemgetter(0)):
        context = browser.new_context(base_url=world.base)
        if role in listed["sessions"]:
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": listed["sessions"][role]}
            context.add_cookies([cookie | {"url": world.base}])
        page = context.new_page()
        for _, name, path in addresses:
            if name not in NEEDS_PIXELS:
                page.goto(path, wait_until="networkidle")
                wrong += everywhere(page, f"{name} as {role}")
        context.close()
    assert summary(wrong) == []


def test_axe_finds_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content('<html lang="en"><title>x</title><main><h1>x</h1><input></main></html>')
    assert [found.split(":")[0] for found in violations(page)] == ["label"]
    page.close()
