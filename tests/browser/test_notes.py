"""Two colleagues discuss a case: a mention, the bell, a reply, an edit and its versions."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.support.phantoms import phantom_file
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
COLLEAGUE = """
from cxrportal.accounts.models import Department
from tests.support.people import make_user
make_user("clinician", Department.objects.get(), full_name="Ann Lee", email="ann@example.org")
"""


def test_a_mention_reaches_the_colleague_who_answers(
    page: Page, new_context: Callable[..., BrowserContext], stack: Stack, tmp_path: Path
) -> None:
    stack.manage("shell", "-v", "0", "-c", COLLEAGUE)
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn="PHANTOM-81", name="Discussed Phantom", seed=81)
    room = steps.case_in_room(page, phantom_file(tmp_path, seed=81))
    talk = page.locator(".discussion")
    field = talk.get_by_label("Write to your colleagues")
    field.press_sequentially("Old or new? @an")
    expect(talk.get_by_role("option")).to_have_text("Ann Leeann@example.org")
    field.press("Enter")
    expect(field).to_have_value("Old or new? @Ann Lee ")
    talk.get_by_role("button", name="Add note").click()
    expect(talk.locator(".note-text")).to_have_text("Old or new? @Ann Lee")

    ann = new_context().new_page()
    steps.sign_in(ann, "ann", "/worklist/")
    ann.get_by_role("link", name="Notifications, 1 not read").click()
    ann.get_by_role("button", name="Open the case of Discussed Phantom").click()
    expect(ann).to_have_url(room)
    expect(ann.get_by_role("link", name="Notifications", exact=True)).to_be_visible()
    talk = ann.locator(".discussion")
    talk.get_by_role("button", name="Reply").click()
    talk.get_by_label(re.compile("^Reply to")).fill("New.")
    talk.get_by_label(re.compile("^Reply to")).press("Control+Enter")
    expect(talk.locator(".replies .note-text")).to_have_text("New.")
    talk.get_by_role("button", name="Edit").click()
    talk.get_by_label("Change the note").fill("New since March.")
    talk.get_by_role("button", name="Save").click()
    expect(talk.locator(".replies .note-text")).to_have_text("New since March.")
    talk.get_by_role("button", name="Versions").click()
    expect(talk.locator(".note-versions .note-text")).to_have_text(["New.", "New since March."])

    page.reload()
    expect(page.locator(".replies .note-text")).to_have_text("New since March.")
