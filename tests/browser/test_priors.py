"""Comparing with a prior: words kept without a connection, asked about where two windows differ."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.browser.watch import Watch
from tests.support.phantoms import phantom_file
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MARKS = re.compile("/api/v1/prior-marks/")


def room_with_prior(page: Page, folder: Path, seed: int, later: int) -> str:
    """A case whose patient has a signed study with a Cardiomegaly. Gives its reading room."""
    mrn = f"PHANTOM-{seed}"
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn=mrn, name="Phantom Prior", seed=seed)
    steps.case_in_room(page, phantom_file(folder, seed=seed, day=date(2025, 11, 1)))
    steps.state_whole(page, "Cardiomegaly")
    expect(steps.readers_rows(page)).to_have_count(1)
    steps.saved(page)
    steps.go_and_sign(page)
    return steps.case_in_room(page, phantom_file(folder, seed=later, mrn=mrn))


def word(page: Page, name: str) -> Locator:
    words = page.get_by_role("group", name="Cardiomegaly, compared with the prior")
    return words.get_by_role("button", name=name)


def compare(page: Page) -> None:
    page.get_by_role("button", name="Compare with a prior").click()
    expect(word(page, "Stable")).to_be_visible()


def pressed(button: Locator) -> None:
    expect(button).to_have_attribute("aria-pressed", "true")


def marks(stack: Stack, room: str) -> list[str]:
    case = room.rstrip("/").rpartition("/")[2]
    return [row["mark"] for row in stack.client().get(f"cases/{case}/reading/").body["prior_marks"]]


def test_a_word_said_without_a_connection_comes_through_a_reload_and_can_be_undone(
    page: Page, watch: Watch, stack: Stack, tmp_path: Path
) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED")
    room = room_with_prior(page, tmp_path, 341, 343)
    compare(page)
    page.context.set_offline(True)
    word(page, "Stable").click()
    word(page, "Worse").click()
    expect(page.locator("[data-region=saving]")).to_contain_text("Offline: 1 change kept")
    page.close()
    page = page.context.new_page()
    page.route(MARKS, lambda route: route.abort("internetdisconnected"))
    page.context.set_offline(False)
    page.goto(room)
    steps.wait_for_room(page)
    compare(page)
    pressed(word(page, "Worse"))
    expect(page.locator("[data-region=saving]")).to_contain_text("Offline: 1 change kept")
    assert marks(stack, room) == []
    page.unroute(MARKS)
    steps.saved(page)
    assert marks(stack, room) == ["WORSE"]
    word(page, "Resolved").click()
    pressed(word(page, "Resolved"))
    page.keyboard.press("Control+z")
    pressed(word(page, "Worse"))
    steps.saved(page)
    page.reload()
    steps.wait_for_room(page)
    assert marks(stack, room) == ["WORSE"]


def test_two_windows_that_differ_on_a_prior_ask_the_reader(
    page: Page, watch: Watch, stack: Stack, tmp_path: Path
) -> None:
    watch.allow(r"status of 409 .*/api/v1/prior-marks/")
    room = room_with_prior(page, tmp_path, 342, 344)
    compare(page)
    other = page.context.new_page()
    other.goto(room)
    steps.wait_for_room(other)
    compare(other)
    word(page, "Improved").click()
    steps.saved(page)
    word(other, "Worse").click()
    problems = other.locator("[data-region=problems]")
    expect(problems).to_contain_text("A comparison with the prior was changed in another window.")
    expect(problems).to_contain_text("Here: worse")
    expect(problems).to_contain_text("There: improved")
    assert marks(stack, room) == ["IMPROVED"]
    other.get_by_role("button", name="Keep mine").click()
    steps.saved(other)
    assert marks(stack, room) == ["WORSE"]


def test_window_filter_and_magnifier_hold_for_both_until_they_are_unlinked(
    page: Page, tmp_path: Path, shots: Path
) -> None:
    room_with_prior(page, tmp_path, 351, 352)
    compare(page)
    present, prior = page.locator(".stage").first, page.locator("[data-region=compare] .stage")
    expect(prior.locator("[data-readout=zoom]")).to_contain_text("%")
    page.locator("[data-readout=preset]").first.select_option(label="3  Auto 0.5-99.5 %")
    for stage in (present, prior):
        expect(stage.locator("[data-readout=preset] option:checked")).to_contain_text("Auto")
    page.get_by_role("button", name="Image filters").click()
    expect(page.locator("[data-region=filters]")).to_contain_text("Acts on both studies")
    page.get_by_role("button", name="Sharpen unsharp mask").click()
    for stage in (present, prior):
        expect(stage.locator(".processed")).to_contain_text("Processed: Sharpen")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    prior.hover()
    for stage in (present, prior):
        expect(stage.locator(".loupe")).to_have_text("2×")
        expect(stage.locator(".loupe")).to_be_visible()
    page.screenshot(path=shots / "compare-linked.png")
    page.get_by_label("Linked").uncheck()
    prior.click(position={"x": 150, "y": 300})
    expect(page.locator(".compare-bar")).to_have_attribute("data-selected", "true")
    expect(present.locator(".loupe")).to_be_hidden()
    page.keyboard.press("y")
    expect(prior.locator(".processed")).to_be_hidden()
    expect(present.locator(".processed")).to_be_visible()
    page.keyboard.press("i")
    expect(prior.locator("[data-readout=zoom]")).to_contain_text("inverted")
    expect(present.locator("[data-readout=zoom]")).not_to_contain_text("inverted")
    page.get_by_role("button", name="Close the prior").click()
    page.keyboard.press("i")
    expect(present.locator("[data-readout=zoom]")).to_contain_text("inverted")


def test_a_later_study_is_no_prior(page: Page, watch: Watch, tmp_path: Path) -> None:
    room_with_prior(page, tmp_path, 381, 382)
    strip = page.locator("[data-region=strip]")
    expect(strip).to_contain_text("Priors 2025-11-01")
    expect(strip).not_to_contain_text("Later")
    strip.get_by_role("link", name="2025-11-01").click()
    steps.wait_for_room(page)
    expect(strip).to_contain_text("No priors")
    expect(strip).to_contain_text("Later 20")
