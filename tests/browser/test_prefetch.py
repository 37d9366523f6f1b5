"""The next case's pixels: fetched ahead, asked for again when shown, gone after signing out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.support.phantoms import phantom_file
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Wire:
    """What the server really answered to requests for pixels. Its two events come in any order."""

    def __init__(self, page: Page) -> None:
        self._asked: dict[str, str] = {}
        self._status: dict[str, int] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.responseReceivedExtraInfo", self._answered)
        session.send("Network.enable")

    @property
    def answers(self) -> list[tuple[str, int]]:
        """(address, status) in the order in which they were asked."""
        known = self._asked.items()
        return [(url, self._status[name]) for name, url in known if name in self._status]

    def _sent(self, event: dict) -> None:
        if event["request"]["url"].endswith("/pixels/"):
            self._asked[event["requestId"]] = event["request"]["url"]

    def _answered(self, event: dict) -> None:
        self._status[event["requestId"]] = event["statusCode"]


def test_the_next_case_is_fetched_ahead_checked_again_and_wiped_at_sign_out(
    stack: Stack, page: Page, new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn="PHANTOM-348", name="Phantom Next", seed=348)
    room = steps.case_in_room(page, phantom_file(tmp_path, seed=348))
    steps.case_in_room(page, phantom_file(tmp_path, seed=349, mrn="PHANTOM-348"))

    reader = new_context().new_page()  # with nothing in its cache
    steps.sign_in(reader, "clinician")
    wire = Wire(reader)
    reader.goto(room)
    steps.wait_for_room(reader)
    steps.until(reader, lambda: len(wire.answers) == 2, "the next case's pixels")
    (shown, first), (ahead, second) = wire.answers
    assert shown != ahead
    assert (first, second) == (200, 200)
    reader.wait_for_timeout(500)

    reader.locator("[data-region=next]").click()
    expect(reader).not_to_have_url(room)
    steps.wait_for_room(reader)
    following = reader.url
    steps.until(reader, lambda: len(wire.answers) > 2, "the next case, asked for again")
    assert wire.answers[2] == (ahead, 304)

    reader.goto("/accounts/logout/")
    reader.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(reader).not_to_have_url("**/logout/")
    assert reader.request.get(ahead).status in (401, 403)
    steps.sign_in(reader, "clinician")
    before = len(wire.answers)
    reader.goto(following)
    steps.wait_for_room(reader)
    steps.until(reader, lambda: len(wire.answers) > before, "the pixels, asked for anew")
    assert wire.answers[before] == (ahead, 200)
