"""A real Chromium on a running portal; a page that says an error in the console fails its test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.watch import Watch
from tests.support.stack import Stack

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
]
DESKTOP = {"width": 1440, "height": 900}
PATIENCE_MS = 20_000


def chromium() -> str | None:
    """Where the browser is: the environment says it, or the search path does."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One portal for the tests of this folder: each works on patients of its own."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        yield stack.start()
    finally:
        stack.stop()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        pytest.skip("no Chromium: set CHROMIUM, or put one on the search path")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the pages of this test complained about. The test fails on what it did not allow."""
    watch = Watch()
    yield watch
    assert watch.faults() == []


@pytest.fixture
def new_context(
    browser: Browser, watch: Watch, stack: Stack
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers without a memory, each as another person's; every page in them is watched."""
    made: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        chosen = {"viewport": DESKTOP, "base_url": stack.base} | options
        context = browser.new_context(**chosen)
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", watch.follow)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()


@pytest.fixture(scope="package")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: SHOTS, or a temporary folder."""
    folder = Path(os.environ.get("SHOTS") or tmp_path_factory.mktemp("shots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
