"""Keys of one's own: changed in the sheet, refused where taken, there again after a reload."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.test_pages import look
from tests.support.phantoms import phantom_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def pressed(page: Page, action: str) -> None:
    expect(page.locator(f'.tool[data-action="{action}"]')).to_have_attribute("aria-pressed", "true")


def test_a_changed_key_works_is_named_and_comes_back_after_a_reload(
    page: Page, tmp_path: Path, shots: Path
) -> None:
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn="PHANTOM-58", name="Phantom Keys", seed=58)
    room = steps.case_in_room(page, phantom_file(tmp_path, seed=58))
    page.locator(".stage").focus()
    keys = page.keyboard
    keys.press("?")
    key = page.locator('button.key[data-action="tool:pan"]')
    said = page.locator(".sheet-said")
    key.focus()
    keys.press("Enter")
    keys.press("v")
    expect(said).to_have_text(
        "V is “Select and move boxes” already. Choose another key, or change that one first."
    )
    with page.expect_response(lambda answer: "reading-keys" in answer.url) as saved:
        keys.press("q")
    assert saved.value.ok
    expect(key).to_have_text("Q")
    assert look(page, "keys", shots) == []
    keys.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    page.goto(room)
    steps.wait_for_room(page)
    tool = page.locator('.tool[data-action="tool:pan"]')
    expect(tool).to_have_attribute("data-tip", "Pan  Q")
    page.locator(".stage").focus()
    keys.press("q")
    pressed(page, "tool:pan")
    keys.press("w")
    keys.press("p")
    pressed(page, "tool:window")
    keys.press("?")
    with page.expect_response(lambda answer: "reading-keys" in answer.url):
        page.get_by_label("Single-letter keys on").uncheck()
    keys.press("Escape")
    keys.press("q")
    pressed(page, "tool:window")
    keys.press("?")
    page.get_by_label("Single-letter keys on").check()
    with page.expect_response(lambda answer: "reading-keys" in answer.url):
        page.get_by_role("button", name="Usual keys again").click()
    keys.press("Escape")
    keys.press("p")
    pressed(page, "tool:pan")
