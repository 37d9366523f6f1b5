"""The report's editor: typed, kept, changed in two windows, previewed, signed and amended."""

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


def state(page: Page, words: str) -> None:
    expect(page.locator("#save-state")).to_have_text(re.compile(words))


def preview_is_drawn(page: Page) -> None:
    picture = page.locator("#pages img").first
    expect(picture).to_be_visible(timeout=30_000)
    steps.until(page, lambda: picture.evaluate("(i) => i.naturalWidth") > 400, "the preview")


def test_a_report_is_edited_in_two_windows_signed_and_amended(
    page: Page, watch: Watch, tmp_path: Path
) -> None:
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn="PHANTOM-64", name="Phantom Reported", seed=64)
    steps.case_in_room(page, phantom_file(tmp_path, seed=64))
    steps.state_whole(page, "Edema")
    steps.saved(page)
    page.locator("[data-region=sign]").click()
    page.get_by_role("link", name="Edit the text").click()
    findings = page.get_by_label("Findings", exact=True)
    expect(findings).to_have_value(re.compile(r"edema.*\(1\)\.", re.IGNORECASE))
    preview_is_drawn(page)
    findings.fill("Fine perihilar oedema, in my own words.")
    page.get_by_label("Technique").fill("PA, erect.")
    state(page, "Saved")
    page.reload()
    expect(findings).to_have_value("Fine perihilar oedema, in my own words.")

    watch.allow(r"status of 409 .*/draft/")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Recommendation").fill("Echocardiography.")
    state(other, "Saved")
    other.close()
    page.get_by_label("Impression").fill("Oedema.")
    state(page, "changed elsewhere")
    expect(page.locator("#theirs")).to_contain_text("Echocardiography.")
    page.get_by_role("button", name="Take the other text").click()
    expect(page.get_by_label("Recommendation")).to_have_value("Echocardiography.")
    page.get_by_label("Impression").fill("Pulmonary oedema.")
    state(page, "Saved")
    page.get_by_role("button", name="Prefill from the findings").click()
    page.get_by_role("button", name="Keep it, add the findings below").click()
    expect(findings).to_have_value(re.compile(r"my own words\.\n\n.*edema", re.IGNORECASE))
    state(page, "Saved")

    page.get_by_role("link", name="Go on to sign").click()
    page.get_by_label("Your password").fill(steps.PASSWORD)
    page.get_by_role("button", name=re.compile("^Sign as")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Report")
    link = page.get_by_role("link", name="Download the PDF").get_attribute("href")
    pdf = page.request.get(str(link)).body()
    said = " ".join(" ".join(p.extract_text() for p in PdfReader(BytesIO(pdf)).pages).split())
    for words in ("in my own words.", "PA, erect.", "Echocardiography.", "Pulmonary oedema."):
        assert words in said

    page.get_by_role("link", name="Amend").click()
    page.get_by_label("Why is it amended?").fill("Wording.")
    page.get_by_role("button", name="Open the amendment").click()
    steps.wait_for_room(page)
    page.locator("[data-region=sign]").click()
    page.get_by_role("link", name="Edit the text").click()
    expect(findings).to_have_value(re.compile("in my own words"))
    expect(page.get_by_label("Recommendation")).to_have_value("Echocardiography.")
