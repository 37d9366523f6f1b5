"""A blind read before and after its commit; two reads that differ, and the adjudicator."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser import steps
from tests.browser.axe import everywhere
from tests.browser.watch import Watch
from tests.support.phantoms import phantom_file
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NewContext = Callable[..., BrowserContext]


def room_of(stack: Stack, page: Page, folder: Path, seed: int, *, reads: int, blind: bool) -> str:
    """A new case with the model's proposals, asked to be read so. Gives its reading room."""
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn=f"PHANTOM-{seed}", name="Phantom Test", seed=seed)
    room = steps.case_in_room(page, phantom_file(folder, seed=seed))
    case = room.rstrip("/").rsplit("/", 1)[1]
    assert stack.query(f"propose_best({case!r}, 2)") >= 2
    stack.query(f"ask_for_reads({case!r}, {reads}, {blind})")
    return room


def enter(new_context: NewContext, who: str, room: str) -> Page:
    page = new_context().new_page()
    steps.sign_in(page, who, next_page=room)
    expect(page.locator("[data-region=screen]")).to_be_hidden()
    steps.until(page, lambda: steps.brightness(page) > 5, "pixels")
    return page


def model_rows(page: Page) -> Locator:
    return page.locator("[data-part=model-list] > li")


def go_on(page: Page) -> Locator:
    return page.locator("[data-region=go-on]")


def test_a_blind_read_is_committed_then_the_model_appears(
    stack: Stack, page: Page, watch: Watch, tmp_path: Path, shots: Path
) -> None:
    watch.allow(r"status of 409 .*/commit/")
    room = room_of(stack, page, tmp_path, 91, reads=1, blind=True)
    page.goto(room)
    expect(page.get_by_role("heading", name="Blind read")).to_be_visible()
    expect(go_on(page)).to_have_text(re.compile("Commit my read"))
    expect(page.locator("[data-region=sign]")).to_be_hidden()
    expect(model_rows(page)).to_have_count(0)
    expect(page.locator(".box.model")).to_have_count(0)
    page.get_by_label("Impression").fill("No words are no finding.")
    page.get_by_label("Impression").blur()
    steps.saved(page)
    page.locator(".stage").focus()
    page.keyboard.press("Shift+S")
    expect(page.locator(".said-live")).to_contain_text("tick “No finding” before you commit")
    expect(model_rows(page)).to_have_count(0)
    steps.state_whole(page, "Mass")
    steps.saved(page)
    page.screenshot(path=shots / "blind-before.png")
    page.locator(".stage").focus()
    page.keyboard.press("Shift+S")
    steps.until(page, lambda: model_rows(page).count() >= 2, "the model's findings")
    expect(page.locator("[data-region=read]")).to_contain_text("unchanged since")
    page.keyboard.press("j")
    page.keyboard.press("a")
    steps.saved(page)
    expect(page.locator("[data-region=read]")).to_contain_text("1 change since")
    page.locator("[data-region=read] summary").click()
    expect(page.locator("[data-region=read] .changes")).to_contain_text("added")
    page.screenshot(path=shots / "blind-after.png")
    page.reload()
    expect(page.locator("[data-region=read]")).to_contain_text("1 change since")
    page.goto("/adjudication/mine/")
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("Mass")
    expect(row).to_contain_text("added")
    assert everywhere(page, "mine") == []
    page.goto(room)
    steps.wait_for_room(page)
    steps.go_and_sign(page)


def test_two_reads_differ_and_the_adjudicator_settles_them(
    stack: Stack, page: Page, new_context: NewContext, tmp_path: Path, shots: Path
) -> None:
    room = room_of(stack, page, tmp_path, 92, reads=2, blind=False)
    page.goto(room)
    steps.wait_for_room(page)
    page.keyboard.press("b")
    steps.drag(page, (0.35, 0.3), (0.45, 0.42))
    steps.pick(page, "Nodule")
    steps.state_whole(page, "Cardiomegaly")
    page.locator(".stage").focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(page.locator("[data-region=measured] .value")).to_have_count(1)
    measured = page.locator("[data-region=measured] .value").inner_text()
    complete(page, "1 of 2 reads is completed")

    second = enter(new_context, "second", room)
    expect(second.locator("[data-part=others]")).to_be_hidden()
    expect(second.locator(".box.other")).to_have_count(0)
    steps.state_whole(second, "Cardiomegaly")
    steps.state_whole(second, "Pleural effusion")
    complete(second, "an adjudicator who has read neither")
    expect(second.locator("[data-part=others]")).to_contain_text("Nodule")

    judge = enter(new_context, "judge", room)
    judge.goto("/adjudication/")
    judge.locator("tbody tr", has_text="Phantom Test").get_by_role("link").click()
    judge.get_by_role("button", name="Settle the differences").click()
    expect(judge.locator(".difference")).to_have_count(2)
    nodule = judge.locator(".difference", has_text="Nodule")
    expect(nodule).to_contain_text("only A")
    expect(judge.locator(".side-by-side .reader-a rect")).to_have_count(1)
    expect(judge.locator(".side-by-side .consensus rect")).to_have_count(0)
    nodule.get_by_role("button", name="Take A").click()
    expect(judge.locator(".side-by-side .consensus rect")).to_have_count(1)
    expect(judge.locator(".side-by-side .measured.reader-a line")).to_have_count(1)
    expect(judge.locator(".side-by-side .measured.consensus line")).to_have_count(0)
    judge.get_by_role("button", name="Take over M1").click()
    expect(judge.locator(".side-by-side .measured.consensus line")).to_have_count(1)
    expect(judge.locator(".measurements")).to_contain_text(f"{measured} In the consensus")
    expect(judge.get_by_role("link", name="Sign the consensus")).to_have_count(0)
    effusion = judge.locator(".difference", has_text="Pleural effusion")
    effusion.get_by_role("button", name="Leave it out").click()
    expect(judge.locator(".difference.settled")).to_have_count(2)
    judge.screenshot(path=shots / "side-by-side.png", full_page=True)
    assert everywhere(judge, "side by side") == []
    judge.get_by_role("link", name="Sign the consensus").click()
    judge.get_by_label("Your password").fill(steps.PASSWORD)
    judge.get_by_role("button", name=re.compile("^Sign as")).click()
    expect(judge.get_by_role("heading", level=1)).to_have_text("Report")
    judge.goto("/adjudication/")
    expect(judge.locator("tbody tr", has_text="Phantom Test")).to_have_count(0)
    judge.goto("/agreement/")
    expect(judge.locator("#kappas ~ .table-wrap")).to_contain_text("too few cases")
    judge.screenshot(path=shots / "agreement.png", full_page=True)
    assert everywhere(judge, "agreement") == []


def complete(page: Page, words: str) -> None:
    """By key, once everything is saved."""
    steps.saved(page)
    expect(go_on(page)).to_have_text(re.compile("Complete read"))
    page.locator(".stage").focus()
    page.keyboard.press("Shift+S")
    expect(page.locator("[data-region=read]")).to_contain_text(words)
    expect(go_on(page)).to_be_hidden()


def test_committed_boxes_stay_on_the_image_in_a_line_of_their_own(
    stack: Stack, page: Page, tmp_path: Path, shots: Path
) -> None:
    room = room_of(stack, page, tmp_path, 345, reads=1, blind=True)
    page.goto(room)
    expect(page.get_by_role("heading", name="Blind read")).to_be_visible()
    steps.until(page, lambda: steps.brightness(page) > 5, "pixels")
    page.locator(".stage").focus()
    page.keyboard.press("b")
    steps.drag(page, (0.4, 0.3), (0.46, 0.4))
    steps.pick(page, "Mass")
    steps.saved(page)
    layer = page.get_by_role("checkbox", name="As you committed")
    expect(layer).to_be_hidden()
    page.locator(".stage").focus()
    page.keyboard.press("Shift+S")
    before = page.locator(".box.before")
    expect(before).to_have_count(1)
    expect(before.locator(".label-group")).to_have_attribute("visibility", "hidden")
    place = before.locator(".line").get_attribute("x")
    page.locator("[data-part=reader-list] .finding-main").click()
    page.locator(".stage").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(before.locator(".label-group")).to_have_text("Mass, at commit")
    expect(before.locator(".line")).to_have_attribute("x", place or "")
    now = page.locator(".box.reader .line")
    expect(now).not_to_have_attribute("x", place or "")
    page.screenshot(path=shots / "blind-boxes.png")
    layer.uncheck()
    expect(before).to_have_count(0)
    layer.check()
    page.keyboard.press("Delete")
    expect(now).to_have_count(0)
    expect(before.locator(".label-group")).to_have_text("Mass, at commit")
