"""What a person does on the pages, one function a step."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from inference.phantoms.generator import make_phantom
from tests.support.phantoms import SMALL
from tests.support.stack_facts import PASSWORD

STEP_MS = 100
ANALYSIS_MS = 120_000
MEAN = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0, count = 0;
  for (let i = 0; i < data.length; i += 404, count += 1) sum += data[i];
  return sum / count;
}"""


def until(page: Page, condition: Callable[[], Any], what: str, limit_ms: int = 20_000) -> Any:
    """The first true value of ``condition``. Not wait_for_function: the policy forbids its eval."""
    for _ in range(limit_ms // STEP_MS):
        value = condition()
        if value:
            return value
        page.wait_for_timeout(STEP_MS)
    raise AssertionError(f"waited {limit_ms} ms for {what}")


def sign_in(page: Page, who: str, next_page: str = "/patients/", password: str = PASSWORD) -> None:
    page.goto(f"/accounts/login/?next={next_page}")
    page.get_by_label("E-mail address").fill(f"{who}@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).not_to_have_url(re.compile("/login/"))


def create_patient(page: Page, *, mrn: str, name: str, seed: int, consent: bool = False) -> str:
    """A patient with the birth date and sex of the phantom ``seed``. Gives the chart's address."""
    page.goto("/patients/new/")
    page.locator("#id_mrn").fill(mrn)
    page.locator("#id_name").fill(name)
    page.locator("#id_birth_date").fill("1960-01-31")
    page.locator("#id_sex").select_option(make_phantom(seed, size_px=SMALL).sex)
    page.locator("#id_research_consent").set_checked(consent)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    return page.url


def drop(page: Page, target: Locator, file: Path) -> None:
    """Drags a file from outside the browser onto ``target``, as the desktop does."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 12}
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})
    session.detach()


def upload(page: Page, file: Path, *, address: str = "/cases/upload/") -> Locator:
    """Sends a file by the file chooser; gives its line once it was answered."""
    page.goto(address)
    page.locator("#files").set_input_files(file)
    return answered(page)


def answered(page: Page) -> Locator:
    line = page.locator("#uploads li").first
    expect(line.locator(".tag").first).to_have_text(re.compile("Stored|Already here|Refused"))
    return line


def analysed(page: Page, line: Locator) -> None:
    expect(line.get_by_role("status")).to_have_text("Analysed", timeout=ANALYSIS_MS)


def open_case(page: Page, line: Locator) -> str:
    """Into the reading room, until the pixels are there. Gives its address."""
    line.get_by_role("link", name="Open the case").click()
    wait_for_room(page)
    return page.url


def wait_for_room(page: Page) -> None:
    expect(page.locator("[data-region=analysis]")).to_have_attribute(
        "data-state", "done", timeout=ANALYSIS_MS
    )
    expect(page.locator("[data-region=screen]")).to_be_hidden()
    until(page, lambda: brightness(page) > 5, "pixels")


def case_in_room(page: Page, file: Path) -> str:
    """Uploads a file and opens its case, ready to read. Gives the reading room's address."""
    line = upload(page, file)
    analysed(page, line)
    address = open_case(page, line)
    saved(page)
    return address


def brightness(page: Page) -> float:
    """Mean of the stage's red channel, 0 to 255."""
    return float(page.locator(".stage > canvas").evaluate(MEAN))


def saved(page: Page) -> None:
    expect(page.locator("[data-region=saving]")).to_contain_text("Saved")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """With the mouse over the stage, in shares of its width and height."""
    box = page.locator(".stage").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=6)
    page.mouse.up()


def pick(page: Page, label: str) -> None:
    """Types a label into the list that floats over the stage."""
    field = page.locator(".floating").get_by_role("combobox")
    field.fill(label)
    field.press("Enter")
    expect(page.locator(".floating")).to_have_count(0)


def state_whole(page: Page, label: str) -> None:
    field = page.get_by_role("combobox", name="Add a finding of the whole image")
    field.fill(label)
    field.press("Enter")


def readers_rows(page: Page) -> Locator:
    return page.locator("[data-part=reader-list] > li")


def go_and_sign(page: Page, password: str = PASSWORD) -> None:
    """From the reading room to the signed report."""
    page.locator("[data-region=sign]").click()
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name=re.compile("^Sign as")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Report")
