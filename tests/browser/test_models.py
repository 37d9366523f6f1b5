"""Models in the browser: tried on an image that is then gone, and their evidence read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.browser.test_pages import look
from tests.browser.watch import Watch
from tests.support.phantoms import phantom_file
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ANSWER_MS = 120_000
INK = """(canvas) => canvas.getContext("2d")
  .getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0)"""


def findings(page: Page):
    return page.locator("[data-part=findings] button")


def answered(page: Page) -> None:
    expect(page.locator("[data-part=stage]")).to_have_attribute(
        "data-state", re.compile("shown|refused"), timeout=ANSWER_MS
    )


def test_a_researcher_drops_an_image_and_sees_what_the_model_says(
    page: Page, stack: Stack, shots: Path, tmp_path: Path
) -> None:
    steps.sign_in(page, "researcher", "/models/try/")
    before = stack.query("counts()['images']")
    wrong = look(page, "try-empty", shots)
    steps.drop(page, page.locator("[data-part=stage]"), phantom_file(tmp_path, seed=81))
    answered(page)
    expect(findings(page)).to_have_count(14, timeout=ANSWER_MS)
    assert page.locator("[data-part=picture]").evaluate(INK)
    assert page.locator("[data-part=heat]").evaluate(INK)
    page.get_by_label("Heat map").uncheck()
    assert not page.locator("[data-part=heat]").evaluate(INK)
    findings(page).nth(1).click()
    expect(findings(page).nth(1)).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Heat map").check()
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        wrong += look(page, f"try-{theme}", shots)
    assert wrong == []
    assert stack.query("counts()['images']") == before


def test_a_synthetic_image_is_marked_and_says_what_was_drawn(
    page: Page, stack: Stack, shots: Path
) -> None:
    steps.sign_in(page, "researcher", "/models/try/")
    page.get_by_role("button", name="Draw a synthetic one").click()
    answered(page)
    expect(page.locator("[data-part=synthetic]")).to_be_visible()
    expect(page.locator("[data-part=notes]")).to_contain_text("rawn")
    look(page, "try-synthetic", shots)


def test_a_file_that_is_no_image_is_refused_in_words(
    page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.allow("415")
    steps.sign_in(page, "researcher", "/models/try/")
    file = tmp_path / "notes.png"
    file.write_text("not an image")
    page.locator("#try-file").set_input_files(file)
    answered(page)
    expect(page.locator("[data-part=words]")).to_contain_text("not_an_image")


def test_the_evidence_of_the_active_model_is_read_by_researcher_and_clinician(
    page: Page, new_context: Callable[..., BrowserContext], shots: Path
) -> None:
    steps.sign_in(page, "researcher", "/models/")
    wrong = look(page, "models", shots)
    page.get_by_role("cell").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Model card")).to_be_visible()
    expect(page.locator(".by-finding tbody tr")).to_have_count(14)
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        wrong += look(page, f"model-{theme}", shots)
    reader = new_context().new_page()
    steps.sign_in(reader, "clinician", "/worklist/")
    expect(reader.get_by_role("link", name="Models")).to_have_count(0)
    reader.goto(page.url)
    expect(reader.get_by_role("heading", name="By finding")).to_be_visible()
    assert wrong == []


def test_the_reading_room_leads_to_the_evidence_of_its_model(page: Page, tmp_path: Path) -> None:
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn="PHANTOM-82", name="Phantom Model", seed=82)
    steps.case_in_room(page, phantom_file(tmp_path, seed=82))
    page.locator(".model-identity").get_by_role("link").click()
    expect(page.get_by_role("heading", name="By finding")).to_be_visible()
    expect(page.get_by_role("link", name="All models")).to_have_count(0)
