"""Every page as it looks: nothing sticks out, nothing is unnamed, what was typed stays text."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.browser.axe import each_size, everywhere
from tests.browser.watch import Watch
from tests.support.phantoms import phantom_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOSTILE = "<img src=x onerror=alert(1)>"
UNNAMED = """() => {
  const named = (field) => field.labels?.length || field.getAttribute("aria-label")
    || field.getAttribute("aria-labelledby") || ["hidden", "submit", "button"].includes(field.type);
  const fields = [...document.querySelectorAll("input, select, textarea")].filter((f) => !named(f));
  const pictures = [...document.querySelectorAll("img:not([alt])")];
  return [...fields, ...pictures].map((element) => element.outerHTML.slice(0, 120));
}"""
TOO_WIDE = """() => {
  const root = document.scrollingElement;
  if (root.scrollWidth <= root.clientWidth) return "";
  const wide = [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1);
  const named = wide.slice(0, 4).map((element) => element.outerHTML.slice(0, 90));
  return `${root.scrollWidth} px: ${named.join(" | ")}`;
}"""


def look(page: Page, name: str, shots: Path) -> list[str]:
    """What is wrong with this page at each size; leaves a picture of each."""
    wrong = []
    for size in each_size(page):
        page.screenshot(path=shots / f"{name}-{size}.png")
        too_wide = page.evaluate(TOO_WIDE)
        if too_wide:
            wrong.append(f"{name} {size} scrolls sideways: {too_wide}")
    headings = page.locator("h1").count()
    if headings != 1:
        wrong.append(f"{name} has {headings} first headings")
    wrong += [f"{name} has an unnamed {element}" for element in page.evaluate(UNNAMED)]
    return wrong + [f"{where} breaks {rule}" for rule, where in everywhere(page, name)]


def test_every_page_fits_its_window_and_names_its_fields(
    page: Page, new_context: Callable[..., BrowserContext], shots: Path, tmp_path: Path
) -> None:
    page.goto("/accounts/login/")
    wrong = look(page, "login", shots)
    steps.sign_in(page, "clinician")
    file = phantom_file(tmp_path, seed=71, findings=("Nodule", "Cardiomegaly"))
    chart = steps.create_patient(page, mrn="PHANTOM-71", name="Phantom Test", seed=71)
    room = steps.case_in_room(page, file)
    page.get_by_label("Impression").fill("Nodule of the right upper zone.")
    wrong += look(page, "room", shots)
    page.locator("[data-region=sign]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign the report")
    wrong += look(page, "sign", shots)
    addresses = {
        "home": "/",
        "worklist": "/worklist/",
        "patients": "/patients/",
        "new-patient": "/patients/new/",
        "chart": chart,
        "upload": "/cases/upload/",
        "report": room.replace("/reading/", "/reports/case/"),
        "profile": "/accounts/profile/",
    }
    wrong += looked_at(page, addresses, shots)
    researcher = new_context().new_page()
    steps.sign_in(researcher, "researcher", "/releases/")
    wrong += looked_at(researcher, {"releases": "/releases/", "research-home": "/"}, shots)
    assert wrong == []


def looked_at(page: Page, addresses: dict[str, str], shots: Path) -> list[str]:
    wrong = []
    for name, address in addresses.items():
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, f"{address}: {answer.status}"
        wrong += look(page, name, shots)
    return wrong


def test_hostile_names_are_shown_as_text_on_the_whole_path(page: Page, tmp_path: Path) -> None:
    steps.sign_in(page, "clinician")
    chart = steps.create_patient(page, mrn="PHANTOM-72", name=HOSTILE, seed=72)
    expect(page.locator("main")).to_contain_text(HOSTILE)
    line = steps.upload(page, hostile_file(tmp_path))
    expect(line).to_contain_text(HOSTILE)
    steps.analysed(page, line)
    room = steps.open_case(page, line)
    expect(page.locator("[data-region=strip]")).to_contain_text(HOSTILE)
    nothing_became_an_element(page)
    page.get_by_label("Impression").fill(HOSTILE)
    page.keyboard.press("Escape")
    steps.saved(page)
    reports = room.replace("/reading/", "/reports/case/")
    for address in (chart, "/patients/", "/worklist/", reports + "sign/", reports):
        page.goto(address)
        expect(page.locator("main")).to_contain_text(HOSTILE)
        nothing_became_an_element(page)
    page.goto("/patients/")
    page.locator("#q").press_sequentially("PHANTOM-72")
    expect(page.get_by_role("option").first).to_contain_text(HOSTILE)
    nothing_became_an_element(page)


def test_a_hostile_file_that_is_refused_is_named_as_text(
    page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.allow(r"status of 415 .*/api/v1/uploads/")
    steps.sign_in(page, "clinician")
    file = tmp_path / f"{HOSTILE}.dcm"
    file.write_text("not an image", encoding="ascii")
    page.goto("/cases/upload/")
    steps.drop(page, page.locator("#drop"), file)
    line = steps.answered(page)
    expect(line).to_contain_text("Refused")
    expect(line).to_contain_text(HOSTILE)
    nothing_became_an_element(page)


def hostile_file(folder: Path) -> Path:
    dataset = pydicom.dcmread(phantom_file(folder, seed=72))
    dataset.PatientName = HOSTILE
    dataset.StudyDescription = HOSTILE
    path = folder / f"{HOSTILE}.dcm"
    dataset.save_as(path)
    return path


def nothing_became_an_element(page: Page) -> None:
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert not re.search(r"<img src=\"?x\"? onerror", page.content())
