"""Measuring on the stage: drawn, moved, taken back, kept over a reload and without a connection."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.browser.watch import Watch
from tests.support.phantoms import phantom_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def room_of_new_case(page: Page, folder: Path, seed: int) -> None:
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn=f"PHANTOM-{seed}", name="Phantom Measured", seed=seed)
    steps.case_in_room(page, phantom_file(folder, seed=seed))
    page.locator(".stage").focus()


def rows(page: Page) -> Locator:
    return page.locator("[data-region=measured] li")


def value(page: Page, at: int = 0) -> str:
    return rows(page).nth(at).locator(".value").inner_text()


def number(text: str) -> float:
    return float(re.match(r"[\d.]+", text)[0])  # type: ignore[index]


def test_a_length_is_drawn_moved_undone_and_kept_over_a_reload(page: Page, tmp_path: Path) -> None:
    room_of_new_case(page, tmp_path, 55)
    page.keyboard.press("d")
    steps.drag(page, (0.4, 0.4), (0.6, 0.4))
    expect(rows(page)).to_have_count(1)
    drawn = value(page)
    assert drawn.endswith("mm at detector")
    grip = page.locator('[data-point="1"]').bounding_box()
    stage = page.locator(".stage").bounding_box()
    assert grip is not None
    assert stage is not None
    middle = (grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 0.1 * stage["width"], middle[1], steps=4)
    page.mouse.up()
    moved = value(page)
    assert number(moved) == pytest.approx(1.5 * number(drawn), rel=0.02)
    page.keyboard.press("Control+z")
    expect(rows(page).locator(".value")).to_have_text(drawn)
    page.keyboard.press("Control+Shift+z")
    expect(rows(page).locator(".value")).to_have_text(moved)
    steps.saved(page)
    page.reload()
    steps.wait_for_room(page)
    expect(rows(page).locator(".value")).to_have_text(moved)


def test_an_angle_and_a_ratio_are_measured_with_clicks_and_do_not_mirror(
    page: Page, tmp_path: Path
) -> None:
    room_of_new_case(page, tmp_path, 56)
    page.keyboard.press("Shift+A")
    for place in ((0.4, 0.3), (0.4, 0.5), (0.6, 0.5)):
        steps.drag(page, place, place)
    page.keyboard.press("Shift+C")
    steps.drag(page, (0.45, 0.6), (0.55, 0.63))
    steps.drag(page, (0.4, 0.7), (0.6, 0.68))
    expect(rows(page)).to_have_count(2)
    assert number(value(page, 0)) == pytest.approx(90, abs=0.5)
    assert number(value(page, 1)) == pytest.approx(0.5, abs=0.01)
    page.keyboard.press("h")
    label = page.locator(".measure.selected .label-group")
    expect(label).to_contain_text("CTR 0.5")
    expect(label).to_have_attribute("transform", re.compile(r"^translate\([\d.]+ [\d.]+\)$"))
    steps.saved(page)


def test_a_ratio_measured_without_a_mouse_or_a_connection_is_sent_later(
    page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED")
    room_of_new_case(page, tmp_path, 57)
    page.context.set_offline(True)
    keys = page.keyboard
    keys.press("Shift+C")
    keys.press("Shift+C")
    expect(rows(page)).to_have_count(1)
    expect(rows(page).locator(".value")).to_have_text("0.48")
    keys.press("]")
    for _ in range(3):
        keys.press("Shift+ArrowLeft")
    expect(rows(page).locator(".value")).not_to_have_text("0.48")
    wider = value(page)
    expect(page.locator("[data-region=saving]")).to_contain_text("Offline: 1 change kept")
    page.context.set_offline(False)
    steps.saved(page)
    page.reload()
    steps.wait_for_room(page)
    expect(rows(page).locator(".value")).to_have_text(wider)
    page.keyboard.press("k")
    page.keyboard.press("Delete")
    expect(rows(page)).to_have_count(0)
    steps.saved(page)


def test_a_measurement_moved_in_two_windows_is_asked_about(
    page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.allow(r"status of 409 .*/api/v1/measurements/")
    room_of_new_case(page, tmp_path, 59)
    page.keyboard.press("d")
    page.keyboard.press("d")
    steps.saved(page)
    other = page.context.new_page()
    other.goto(page.url)
    steps.wait_for_room(other)
    for window, key in ((page, "Shift+ArrowLeft"), (other, "Shift+ArrowRight")):
        rows(window).locator(".finding-main").click()
        window.keyboard.press("]")
        window.keyboard.press(key)
        expect(window.locator("[data-region=saving]")).to_contain_text(
            "Saved" if window is page else "Changed elsewhere"
        )
    first = value(page)
    problem = other.locator("[data-region=problems]")
    expect(problem).to_contain_text("A measurement was changed in another window.")
    expect(problem).to_contain_text(first)
    other.get_by_role("button", name="Take theirs").click()
    expect(rows(other).locator(".value")).to_have_text(first)
    steps.saved(other)
