"""What has to be done before there is something to release."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.support.phantoms import phantom_file


def sign_a_box(page: Page, folder: Path, *, seed: int) -> str:
    """As a clinician: a signed case with one box of a patient who consents to research, its text
    masked; the address of its room.
    """
    steps.sign_in(page, "clinician")
    mrn = f"PHANTOM-{seed}"
    steps.create_patient(page, mrn=mrn, name="Phantom Test", seed=seed, consent=True)
    room = steps.case_in_room(page, phantom_file(folder, seed=seed))
    for row in page.locator("[data-part=model-list] > li").all():
        row.get_by_role("button", name="Reject").click()
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Draw box").click()
    steps.drag(page, (0.42, 0.3), (0.5, 0.42))
    steps.pick(page, "Nodule")
    steps.saved(page)
    steps.go_and_sign(page)
    mask_a_corner(page)
    return room


def mask_a_corner(page: Page) -> None:
    """Draws one mask by hand on every picture that waits, those of other tests too."""
    page.goto("/cases/burned-in/")
    for _ in range(page.locator(".pictures a").count()):
        page.goto("/cases/burned-in/")
        page.locator(".pictures a").first.click()
        page.wait_for_url(re.compile(r"/burned-in/[0-9a-f-]{36}/$"))  # loaded, scripts and all
        mask_one(page)
    page.goto("/cases/burned-in/")
    expect(page.get_by_text("Nothing waits.")).to_be_visible()


def mask_one(page: Page) -> None:
    """A small box in the upper left corner, by the pointer."""
    picture = page.locator("#picture").bounding_box()
    assert picture is not None
    save = page.get_by_role("button", name="Mask the ticked regions")
    expect(save).to_be_disabled()
    page.mouse.move(picture["x"] + 4, picture["y"] + 4)
    page.mouse.down()
    page.mouse.move(picture["x"] + 60, picture["y"] + 40, steps=4)
    page.mouse.up()
    expect(page.locator("rect.kept")).to_have_count(1)
    save.click()
    expect(page.get_by_text("Noted. The next release heeds it.")).to_be_visible()
