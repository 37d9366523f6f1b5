"""Research: what a researcher gets, and what stays closed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pycocotools.coco import COCO

from tests.browser import steps
from tests.browser.release_steps import sign_a_box
from tests.browser.watch import Watch
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SEED = 61
MAKE_ADMIN = """
from cxrportal.accounts.models import User
from tests.support.stack_facts import PASSWORD
User.objects.create_user("admin@example.org", PASSWORD, is_approved=True, full_name="Dr Admin",
                         is_staff=True, is_superuser=True)
"""


@pytest.fixture
def signed_room(page: Page, tmp_path: Path) -> str:
    """A signed case with one box of a patient who consents to research; its room's address."""
    return sign_a_box(page, tmp_path, seed=SEED)


def test_a_researcher_gets_a_sealed_release_and_nothing_else(
    signed_room: str, new_context: Callable[..., BrowserContext], watch: Watch
) -> None:
    watch.allow(r"status of 404 ")
    page = new_context().new_page()
    steps.sign_in(page, "researcher", "/releases/")
    for address in ("/worklist/", "/patients/", signed_room):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404, address
    page.goto("/releases/")
    page.get_by_label("Name").fill("first-release")
    page.get_by_role("button", name="Build it").click()
    expect(page.get_by_text("Sealed", exact=True)).to_be_visible(timeout=60_000)
    with page.expect_download() as started:
        page.get_by_role("link", name="Download the archive").click()
    coco = coco_of(started.value.path())
    assert len(coco.imgs) >= 1  # other tests sign cases too
    boxes = coco.loadAnns(coco.getAnnIds())
    names = {coco.cats[box["category_id"]]["name"] for box in boxes}
    assert names == {"nodule"}
    assert all(box["bbox"][2] > 0 and box["bbox"][3] > 0 for box in boxes)


def coco_of(archive: Path) -> COCO:
    """Read by the tool that everybody reads COCO with; nothing in it names the patient."""
    with zipfile.ZipFile(archive) as packed:
        for name in packed.namelist():
            assert b"PHANTOM-61" not in packed.read(name), name
        inside = next(name for name in packed.namelist() if name.endswith("coco.json"))
        content = json.loads(packed.read(inside))
    coco = COCO()
    coco.dataset = content
    with redirect_stdout(io.StringIO()):
        coco.createIndex()
    return coco


def test_an_administrator_without_a_second_factor_is_led_to_set_one_up(
    page: Page, stack: Stack
) -> None:
    stack.manage("shell", "-v", "0", "-c", MAKE_ADMIN)
    steps.sign_in(page, "admin", "/admin/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your second factor")
    page.goto("/admin/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your second factor")
