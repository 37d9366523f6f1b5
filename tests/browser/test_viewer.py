"""The viewer: filters marked and undone, a prior beside the case, fingers, turned images."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser import steps
from tests.support.phantoms import phantom_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 844}


def room_of_new_case(page: Page, folder: Path, seed: int) -> str:
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn=f"PHANTOM-{seed}", name="Phantom Test", seed=seed)
    return steps.case_in_room(page, phantom_file(folder, seed=seed))


def test_a_filter_is_said_in_words_and_one_key_shows_the_original(
    page: Page, tmp_path: Path, shots: Path
) -> None:
    room_of_new_case(page, tmp_path, 171)
    mark = page.locator("[data-region=processed]")
    expect(mark).to_be_hidden()
    original = steps.brightness(page)
    page.get_by_role("button", name="Image filters").click()
    page.get_by_role("button", name="Edges Sobel").click()
    expect(mark).to_contain_text("Processed: Edges (gain 6)")
    steps.until(page, lambda: steps.brightness(page) < 0.7 * original, "edges on black")
    page.get_by_role("slider", name="Gain").fill("12")
    expect(mark).to_contain_text("Processed: Edges (gain 12)")
    page.screenshot(path=shots / "filter.png")
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    expect(mark).to_be_hidden()
    steps.until(page, lambda: abs(steps.brightness(page) - original) < 0.5, "the original")
    page.keyboard.press("y")
    expect(mark).to_contain_text("Processed: Edges (gain 12)")
    page.reload()
    steps.wait_for_room(page)
    expect(mark).to_be_hidden()


def test_a_window_is_typed_and_the_magnifier_comes_and_goes(page: Page, tmp_path: Path) -> None:
    room_of_new_case(page, tmp_path, 172)
    before = steps.brightness(page)
    page.get_by_role("textbox", name="Window centre").fill("20000")
    page.get_by_role("textbox", name="Window centre").press("Enter")
    steps.until(page, lambda: steps.brightness(page) < before - 20, "a darker image")
    expect(page.locator("[data-readout=preset]")).to_have_value("-1")
    page.get_by_role("textbox", name="Window width").fill("wide")
    page.get_by_role("textbox", name="Window width").press("Enter")
    expect(page.get_by_role("textbox", name="Window width")).not_to_have_value("wide")
    loupe = page.locator(".loupe")
    for words in ("2×", "3×", "4×"):
        page.keyboard.press("u")
        expect(loupe).to_have_text(words)
    page.keyboard.press("u")
    expect(loupe).to_be_hidden()


def box_centre(box: Locator) -> tuple[float, float]:
    """Of a box on the screen, in shares of the stage."""
    place = box.bounding_box()
    stage = box.page.locator(".stage").bounding_box()
    assert place is not None
    assert stage is not None
    return (
        (place["x"] + place["width"] / 2 - stage["x"]) / stage["width"],
        (place["y"] + place["height"] / 2 - stage["y"]) / stage["height"],
    )


def test_turned_and_mirrored_the_box_stays_on_its_anatomy_and_the_letters_true(
    page: Page, tmp_path: Path
) -> None:
    room_of_new_case(page, tmp_path, 173)
    page.locator(".stage").focus()
    page.keyboard.press("b")
    steps.drag(page, (0.38, 0.3), (0.44, 0.4))
    steps.pick(page, "Mass")
    line = page.locator(".box.reader .line").first
    x, y = box_centre(line)
    left = page.locator("[data-readout=side-left]")
    expect(left).to_have_text("R")
    page.keyboard.press("h")
    expect(left).to_have_text("L")
    assert box_centre(line) == pytest.approx((1 - x, y), abs=0.01)
    page.keyboard.press("Shift+H")
    expect(page.locator("[data-readout=side-top]")).to_have_text("F")
    assert box_centre(line) == pytest.approx((1 - x, 1 - y), abs=0.01)
    page.keyboard.press("h")
    page.keyboard.press("Shift+H")
    expect(left).to_have_text("R")
    page.keyboard.press("r")
    expect(page.locator("[data-readout=side-top]")).to_have_text("R")
    turned = box_centre(line)
    assert turned[0] > 0.5 > turned[1]  # up and to the left goes up and to the right
    page.keyboard.press("Shift+R")
    expect(left).to_have_text("R")
    assert box_centre(line) == pytest.approx((x, y), abs=0.01)


def test_a_prior_moves_along_and_the_word_on_its_finding_survives_a_reload(
    page: Page, tmp_path: Path, shots: Path
) -> None:
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn="PHANTOM-74", name="Phantom Test", seed=74)
    steps.case_in_room(page, phantom_file(tmp_path, seed=74, day=date(2025, 11, 1)))
    steps.state_whole(page, "Cardiomegaly")
    expect(steps.readers_rows(page)).to_have_count(1)
    steps.saved(page)
    steps.go_and_sign(page)
    steps.case_in_room(page, phantom_file(tmp_path, seed=76, mrn="PHANTOM-74"))
    page.keyboard.press("Shift+P")
    prior = page.locator("[data-region=compare]")
    expect(prior.locator("option").first).to_have_text("2025-11-01, 4 months earlier")
    zoom = prior.locator("[data-readout=zoom]")
    expect(zoom).to_contain_text("%")
    fitted = zoom.inner_text()
    page.mouse.move(500, 450)
    page.mouse.wheel(0, -300)
    expect(zoom).not_to_have_text(fitted)
    linked = zoom.inner_text()
    prior.get_by_label("Linked").uncheck()
    page.mouse.move(500, 450)
    page.mouse.wheel(0, -300)
    expect(page.locator(".stage").first.locator("[data-readout=zoom]")).not_to_have_text(linked)
    assert zoom.inner_text() == linked
    words = page.get_by_role("group", name="Cardiomegaly, compared with the prior")
    words.get_by_role("button", name="Worse").click()
    steps.saved(page)
    page.screenshot(path=shots / "compare.png")
    page.reload()
    steps.wait_for_room(page)
    page.get_by_role("button", name="Compare with a prior").click()
    expect(words.get_by_role("button", name="Worse")).to_have_attribute("aria-pressed", "true")


class Fingers:
    """Touches on the stage, in shares of its width and height, as the browser's own events."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)
        box = page.locator(".stage").bounding_box()
        assert box is not None
        self.box = box

    def __call__(self, kind: str, *places: tuple[float, float]) -> None:
        box = self.box
        points = [
            {"id": i, "x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
            for i, (x, y) in enumerate(places)
        ]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_on_a_phone_one_finger_draws_and_two_zoom(
    new_context: Callable[..., BrowserContext], tmp_path: Path, shots: Path
) -> None:
    page = new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    room_of_new_case(page, tmp_path, 175)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    page.get_by_role("button", name="Draw box").tap()
    page.locator(".stage").scroll_into_view_if_needed()
    touch = Fingers(page)
    touch("touchStart", (0.4, 0.3))
    touch("touchMove", (0.5, 0.4))
    touch("touchMove", (0.6, 0.5))
    touch("touchEnd")
    steps.pick(page, "Mass")
    expect(steps.readers_rows(page)).to_have_count(1)
    steps.saved(page)
    page.locator(".stage").scroll_into_view_if_needed()
    zoom = page.locator("[data-readout=zoom]")
    before = int(zoom.inner_text().split()[0])
    touch = Fingers(page)
    touch("touchStart", (0.45, 0.5), (0.55, 0.5))
    touch("touchMove", (0.35, 0.5), (0.65, 0.5))
    touch("touchMove", (0.25, 0.5), (0.75, 0.5))
    touch("touchEnd")
    after = int(zoom.inner_text().split()[0])
    assert after > 2 * before
    expect(steps.readers_rows(page)).to_have_count(1)
    page.screenshot(path=shots / "phone.png")
