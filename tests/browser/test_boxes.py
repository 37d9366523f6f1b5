"""Boxes with the mouse: drawn, moved, resized, taken back, done again, there after a reload."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.support.phantoms import phantom_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def rect(line: Locator) -> tuple[float, ...]:
    """x, y, width, height in px of the stage."""
    return tuple(float(line.get_attribute(name) or "nan") for name in ("x", "y", "width", "height"))


def pull(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + by[0], start[1] + by[1], steps=5)
    page.mouse.up()


def test_a_box_is_drawn_moved_resized_and_every_step_goes_back_and_forth(
    page: Page, tmp_path: Path
) -> None:
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn="PHANTOM-346", name="Phantom Boxes", seed=346)
    steps.case_in_room(page, phantom_file(tmp_path, seed=346))
    page.locator(".stage").focus()
    page.keyboard.press("b")
    steps.drag(page, (0.4, 0.4), (0.5, 0.55))
    steps.pick(page, "Mass")
    line = page.locator(".box.reader.selected .line")
    drawn = rect(line)
    stage = page.locator(".stage").bounding_box()
    assert stage is not None
    assert drawn[2:] == pytest.approx((0.1 * stage["width"], 0.15 * stage["height"]), abs=2)

    page.keyboard.press("v")
    place = line.bounding_box()
    assert place is not None
    middle = (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    pull(page, middle, (40, -24))
    moved = rect(line)
    assert moved == pytest.approx((drawn[0] + 40, drawn[1] - 24, *drawn[2:]), abs=1)

    corner = page.locator('[data-handle="1,1"] .handle').bounding_box()
    assert corner is not None
    pull(page, (corner["x"] + 4, corner["y"] + 4), (30, 20))
    resized = rect(line)
    assert resized == pytest.approx((*moved[:2], moved[2] + 30, moved[3] + 20), abs=1)

    for state in (moved, drawn):
        page.keyboard.press("Control+z")
        assert rect(line) == pytest.approx(state, abs=0.2)
    page.keyboard.press("Control+z")
    expect(page.locator(".box.reader")).to_have_count(0)
    for _ in range(3):
        page.keyboard.press("Control+Shift+z")
    steps.saved(page)
    page.reload()
    steps.wait_for_room(page)
    assert rect(page.locator(".box.reader .line")) == pytest.approx(resized, abs=1)
