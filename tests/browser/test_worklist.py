"""The worklist: filter, keep the filter, choose many cases, read on from the list."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.support.phantoms import phantom_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_filter_is_kept_cases_are_assigned_and_read_one_after_the_other(
    page: Page, tmp_path: Path
) -> None:
    steps.sign_in(page, "clinician")
    for seed in (271, 272):
        steps.create_patient(page, mrn=f"PHANTOM-{seed}", name=f"Listed {seed}", seed=seed)
        steps.case_in_room(page, phantom_file(tmp_path, seed=seed))
    page.goto("/worklist/")
    page.get_by_label("Patient, MRN or accession number").fill("Listed")
    page.get_by_label("Order").select_option("oldest")
    page.get_by_role("button", name="Show").click()
    rows = page.locator(".worklist tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_text("Keep this filter").click()
    page.get_by_label("Name of the present filters").fill("Listed")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("link", name="Listed", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    expect(page.get_by_role("button", name="Assign")).to_be_disabled()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-part=chosen]")).to_have_text("2 cases chosen")
    page.get_by_role("button", name="Assign").click()
    expect(rows.locator(".assignee", has_text="Me")).to_have_count(2)
    rows.first.get_by_role("link").click()
    steps.wait_for_room(page)
    expect(page.locator(".strip")).to_contain_text("Listed 271")
    page.get_by_role("button", name="Flag this case for me").click()
    expect(page.locator("[data-region=flag]")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Next case").click()
    steps.wait_for_room(page)
    expect(page.locator(".strip")).to_contain_text("Listed 272")
    page.get_by_role("link", name="Previous case").click()
    steps.wait_for_room(page)
    expect(page.locator(".strip")).to_contain_text("Listed 271")
    page.get_by_role("link", name="Worklist").click()
    expect(rows).to_have_count(2)
    expect(rows.first.locator(".flag-mark")).to_have_attribute("aria-pressed", "true")
