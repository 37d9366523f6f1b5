"""From a new patient to an amended report, as a clinician does it."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser import steps
from tests.browser.watch import Watch
from tests.support.phantoms import phantom_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SEED = 41
NOTE = "Compared with nothing; rotated slightly."
IMPRESSION = "Nodule of the right upper zone."


def test_a_case_is_read_signed_and_amended(page: Page, watch: Watch, tmp_path: Path) -> None:
    file = phantom_file(tmp_path, seed=SEED, findings=("Nodule", "Effusion"))
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn=f"PHANTOM-{SEED}", name="Phantom Test", seed=SEED)
    page.goto("/cases/upload/")
    steps.drop(page, page.locator("#drop"), file)
    line = steps.answered(page)
    expect(line).to_contain_text("Phantom Test")
    steps.analysed(page, line)
    room = steps.open_case(page, line)
    steps.saved(page)
    an_unread_case_cannot_be_signed(page)
    page.goto(room)
    steps.wait_for_room(page)

    the_window_changes_the_picture(page)
    decided = every_proposal_gets_a_decision(page)
    a_box_is_drawn_undone_and_redone(page)
    steps.state_whole(page, "Cardiomegaly")
    expect(steps.readers_rows(page)).to_have_count(2)
    page.get_by_label("Notes").fill(NOTE)
    page.get_by_label("Impression").fill(IMPRESSION)
    page.keyboard.press("Escape")
    steps.saved(page)

    page.goto(room)
    steps.wait_for_room(page)
    expect(steps.readers_rows(page)).to_have_count(2)
    expect(page.locator("[data-part=model-list] > li")).to_have_count(decided)
    expect(page.locator("[data-part=model-list] .decide[aria-pressed=true]")).to_have_count(decided)
    expect(page.get_by_label("Notes")).to_have_value(NOTE)
    expect(page.get_by_label("Impression")).to_have_value(IMPRESSION)

    a_wrong_password_signs_nothing(page, watch)
    page.goto(room)
    steps.wait_for_room(page)
    steps.go_and_sign(page)
    says = text_of_downloaded_report(page)
    for words in ("Nodule", "Cardiomegaly", "Dr Clinician", IMPRESSION, NOTE, "Phantom Test"):
        assert words in says, words
    the_report_is_amended(page)
    assert "Version 2" in text_of_downloaded_report(page)


def an_unread_case_cannot_be_signed(page: Page) -> None:
    page.locator("[data-region=sign]").click()
    expect(page.get_by_text("nothing to sign yet")).to_be_visible()
    expect(page.get_by_label("Your password")).to_have_count(0)


def the_window_changes_the_picture(page: Page) -> None:
    before = steps.brightness(page)
    steps.drag(page, (0.5, 0.5), (0.5, 0.7))
    steps.until(page, lambda: abs(steps.brightness(page) - before) > 2, "another brightness")
    page.keyboard.press("0")
    steps.until(page, lambda: abs(steps.brightness(page) - before) < 0.5, "the first brightness")


def every_proposal_gets_a_decision(page: Page) -> int:
    """Accepts the first of the model's findings and rejects the others. How many there were."""
    rows = page.locator("[data-part=model-list] > li")
    for at in range(rows.count()):
        row = rows.nth(at)
        if at == 0:
            row.get_by_role("button", name="Accept").click()
            expect(row).to_contain_text("Accepted by you")
        else:
            row.get_by_role("button", name="Reject").click()
            page.keyboard.press("Escape")
            expect(row).to_contain_text("Rejected by you")
    return rows.count()


def a_box_is_drawn_undone_and_redone(page: Page) -> None:
    page.get_by_role("button", name="Draw box").click()
    steps.drag(page, (0.42, 0.3), (0.5, 0.42))
    steps.pick(page, "Nodule")
    expect(steps.readers_rows(page)).to_have_count(1)
    expect(steps.readers_rows(page)).to_contain_text("Nodule")
    page.keyboard.press("Control+z")
    expect(steps.readers_rows(page)).to_have_count(0)
    page.keyboard.press("Control+Shift+Z")
    expect(steps.readers_rows(page)).to_have_count(1)


def a_wrong_password_signs_nothing(page: Page, watch: Watch) -> None:
    watch.allow(r"status of 403 .*/sign/")
    page.locator("[data-region=sign]").click()
    page.get_by_label("Your password").fill("not my password")
    page.get_by_role("button", name=re.compile("^Sign as")).click()
    expect(page.get_by_text("Nothing was signed")).to_be_visible()


def text_of_downloaded_report(page: Page) -> str:
    with page.expect_download() as started:
        page.get_by_role("link", name="Download the PDF").first.click()
    content = started.value.path().read_bytes()
    assert content.startswith(b"%PDF")
    pages = PdfReader(BytesIO(content)).pages
    return " ".join(" ".join(sheet.extract_text() for sheet in pages).split())


def the_report_is_amended(page: Page) -> None:
    page.get_by_role("link", name="Amend").click()
    page.get_by_label("Why is it amended?").fill("The side was wrong")
    page.get_by_role("button", name="Open the amendment").click()
    steps.wait_for_room(page)
    page.get_by_label("Impression").fill("Nodule of the left upper zone.")
    page.keyboard.press("Escape")
    steps.saved(page)
    steps.go_and_sign(page)
    expect(page.get_by_role("heading", name="Version 2")).to_be_visible()
    expect(page.get_by_text("Replaced by version 2")).to_be_visible()
    expect(page.get_by_text("The side was wrong")).to_be_visible()
