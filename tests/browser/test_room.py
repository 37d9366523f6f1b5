"""The reading room without a mouse, in two tabs, and without a connection."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.watch import Watch
from tests.support.phantoms import phantom_file
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def room_of_new_case(page: Page, folder: Path, seed: int) -> str:
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn=f"PHANTOM-{seed}", name="Phantom Test", seed=seed)
    return steps.case_in_room(page, phantom_file(folder, seed=seed))


def test_a_case_is_read_with_the_keyboard_alone(page: Page, stack: Stack, tmp_path: Path) -> None:
    room = room_of_new_case(page, tmp_path, 51)
    case = room.rstrip("/").rpartition("/")[2]
    assert stack.query(f"propose_best({case!r}, 3)") >= 3
    page.reload()
    steps.wait_for_room(page)
    keys = page.keyboard
    decide_with_keys(page)
    keys.press("Shift+B")
    keys.type("Mass")
    keys.press("Enter")
    expect(steps.readers_rows(page)).to_have_count(1)
    place = page.locator(".box.reader.selected .line")
    before = place.get_attribute("x")
    keys.press("ArrowRight")
    expect(place).not_to_have_attribute("x", before or "")
    keys.press("g")
    keys.type("Cardiomegaly")
    keys.press("Enter")
    expect(steps.readers_rows(page)).to_have_count(2)
    keys.press("Escape")
    measure_with_keys(page)
    keys.press("t")
    keys.type("Noted with the keyboard.")
    keys.press("Escape")
    keys.press("Shift+T")
    keys.type("Read with the keyboard.")
    keys.press("Escape")
    steps.saved(page)
    expect(page.get_by_label("Impression")).to_have_value("Read with the keyboard.")
    keys.press("s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign the report")
    page.get_by_label("Your password").focus()
    keys.type(steps.PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Version 1")).to_be_visible()
    signed = stack.client().get(f"cases/{case}/reading/").body
    made = {(row["decision"], row["reject_reason"]) for row in signed["findings"]}
    assert {("ACCEPTED", ""), ("CORRECTED", ""), ("REJECTED", "artefact"), ("DRAWN", "")} <= made
    assert [(row["kind"], row["unit"]) for row in signed["measurements"]] == [("ctr", "")]


def decide_with_keys(page: Page) -> None:
    """The first is accepted as probable and left, the second corrected, the third rejected."""
    rows = page.locator("[data-part=model-list] > li")
    keys = page.keyboard
    keys.press("j")
    expect(rows.first.locator(".finding-main")).to_have_attribute("aria-pressed", "true")
    keys.press("a")
    keys.press("Shift+L")
    keys.press("Shift+E")
    expect(rows.first).to_contain_text("Accepted by you · left, probable")
    keys.press("j")
    keys.press("c")
    keys.type("Hernia")
    keys.press("Enter")
    expect(rows.nth(1)).to_contain_text("Hernia (was")
    keys.press("j")
    keys.press("x")
    keys.press("2")
    expect(rows.nth(2)).to_contain_text("Rejected by you")
    expect(rows.nth(2).get_by_label("Reason for rejecting")).to_have_value("artefact")


def measure_with_keys(page: Page) -> None:
    keys = page.keyboard
    keys.press("Shift+C")
    keys.press("Shift+C")
    value = page.locator("[data-region=measured] .value")
    expect(value).to_have_text("0.48")
    keys.press("]")
    for _ in range(4):
        keys.press("Shift+ArrowLeft")
    expect(value).not_to_have_text("0.48")
    keys.press("Escape")


def write_notes(page: Page, words: str) -> None:
    page.get_by_label("Notes").fill(words)
    page.get_by_label("Notes").blur()


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", "second"), ("Take theirs", "first")])
def test_two_tabs_never_overwrite_each_other_in_silence(
    stack: Stack, page: Page, watch: Watch, tmp_path: Path, choice: str, kept: str
) -> None:
    watch.allow(r"status of 409 .*/api/v1/reviews/")
    room = room_of_new_case(page, tmp_path, 52 if kept == "first" else 53)
    other = page.context.new_page()
    other.goto(room)
    steps.wait_for_room(other)
    steps.saved(other)
    write_notes(page, "first")
    steps.saved(page)
    write_notes(other, "second")
    expect(other.locator("[data-region=saving]")).to_contain_text("Changed elsewhere")
    expect(other.locator("[data-region=problems]")).to_contain_text("first")
    case = room.rstrip("/").rpartition("/")[2]
    assert stack.client().get(f"cases/{case}/reading/").body["review"]["notes"] == "first"
    other.get_by_role("button", name=choice).click()
    steps.saved(other)
    page.reload()
    steps.wait_for_room(page)
    expect(page.get_by_label("Notes")).to_have_value(kept)
    expect(other.get_by_label("Notes")).to_have_value(kept)


def test_a_lost_connection_keeps_what_is_written_and_sends_it_later(
    page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED")
    room_of_new_case(page, tmp_path, 54)
    page.context.set_offline(True)
    write_notes(page, "written without a connection")
    steps.state_whole(page, "Cardiomegaly")
    saving = page.locator("[data-region=saving]")
    expect(saving).to_contain_text("Offline: 2 changes kept on this device")
    page.context.set_offline(False)
    steps.saved(page)
    page.reload()
    steps.wait_for_room(page)
    expect(page.get_by_label("Notes")).to_have_value("written without a connection")
    expect(steps.readers_rows(page)).to_contain_text("Cardiomegaly")
