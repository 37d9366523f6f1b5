"""The reading room on a phone: the panel is a sheet over the image, by finger, button and key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.browser.axe import everywhere
from tests.browser.test_viewer import PHONE, Fingers, room_of_new_case

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LEAST_PX = 24  # WCAG 2.2, 2.5.8

SMALL_TARGETS = """(least) => [...document.querySelectorAll(".room *")]
  .filter((element) => element.matches("a, button, select, input, summary, textarea"))
  .filter((element) => element.checkVisibility({ visibilityProperty: true }))
  .map((element) => [element, (element.closest("label") ?? element).getBoundingClientRect()])
  .filter(([, { width, height }]) => width && (width < least || height < least))
  .map(([element, { width, height }]) => `${element.outerHTML.slice(0, 80)} ${width} ${height}`)"""


def height(page: Page) -> float:
    box = page.locator("[data-region=panel]").bounding_box()
    assert box is not None
    return box["height"]


def stands(page: Page, state: str) -> None:
    expect(page.locator("[data-region=panel]")).to_have_attribute("data-drawer", state)


def pull_bar(page: Page, by_px: int) -> None:
    """With a finger, slowly, from the bar's middle."""
    bar = page.locator("[data-drawer-part=bar]").bounding_box()
    assert bar is not None
    session = page.context.new_cdp_session(page)
    x, y = bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2

    def touch(kind: str, *points: dict[str, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for part in range(1, 9):
        page.wait_for_timeout(60)
        touch("touchMove", {"x": x, "y": y + by_px * part / 8})
    page.wait_for_timeout(400)
    touch("touchMove", {"x": x, "y": y + by_px + 1})
    touch("touchEnd")


def test_the_panel_is_a_sheet_that_opens_by_button_finger_and_key(
    new_context: Callable[..., BrowserContext], tmp_path: Path, shots: Path
) -> None:
    page = new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    room_of_new_case(page, tmp_path, 347)
    tools = page.locator("[data-region=tools]").bounding_box()
    stage = page.locator(".stage").bounding_box()
    assert tools is not None
    assert stage is not None
    assert tools["height"] < 60  # one row
    assert stage["height"] > 0.55 * PHONE["height"]
    assert stage["y"] + stage["height"] <= PHONE["height"] - height(page) + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    impression = page.get_by_label("Impression")
    toggle = page.locator("[data-drawer-part=toggle]")
    stands(page, "closed")
    expect(impression).to_be_hidden()
    assert page.evaluate(SMALL_TARGETS, LEAST_PX) == []
    toggle.tap()
    stands(page, "half")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(impression).to_be_visible()
    steps.until(page, lambda: abs(height(page) - PHONE["height"] / 2) < 2, "half the window")
    assert page.evaluate(SMALL_TARGETS, LEAST_PX) == []
    page.screenshot(path=shots / "phone-half.png")
    assert everywhere(page, "phone") == []
    pull_bar(page, -330)
    stands(page, "full")
    page.screenshot(path=shots / "phone-full.png")
    pull_bar(page, 700)
    stands(page, "closed")
    expect(impression).to_be_hidden()
    page.locator(".stage").focus()
    page.keyboard.press("Shift+T")
    stands(page, "half")
    expect(impression).to_be_focused()
    page.keyboard.type("Written on a phone.")
    page.keyboard.press("Escape")  # leaves the field
    page.keyboard.press("Escape")  # closes the sheet
    stands(page, "closed")
    expect(toggle).to_be_focused()
    steps.saved(page)
    expect(impression).to_have_value("Written on a phone.")


def test_one_finger_pans_with_the_tool_for_it_and_two_without(
    new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    page = new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    room_of_new_case(page, tmp_path, 350)
    page.get_by_role("button", name="Draw box").tap()
    touch = Fingers(page)
    touch("touchStart", (0.4, 0.4))
    touch("touchMove", (0.5, 0.45))
    touch("touchMove", (0.6, 0.5))
    touch("touchEnd")
    steps.pick(page, "Mass")
    line = page.locator(".box.reader .line")
    page.get_by_role("button", name="Zoom in").tap()
    page.get_by_role("button", name="Pan").tap()

    def at() -> tuple[float, float]:
        return tuple(float(line.get_attribute(name) or "nan") for name in ("x", "y"))

    def dragged(*fingers: tuple[float, float]) -> None:
        before = at()
        touch("touchStart", *fingers)
        for part in (0.5, 1):
            touch("touchMove", *((x + 0.1 * part, y + 0.05 * part) for x, y in fingers))
        touch("touchEnd")
        by = (0.1 * touch.box["width"], 0.05 * touch.box["height"])
        steps.until(page, lambda: at() != before, "a moved image")
        assert at() == pytest.approx((before[0] + by[0], before[1] + by[1]), abs=3)

    dragged((0.2, 0.75))
    page.get_by_role("button", name="Window/level").tap()
    dragged((0.2, 0.75), (0.7, 0.75))
    expect(steps.readers_rows(page)).to_have_count(1)
