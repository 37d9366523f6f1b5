"""Back to the model: a training is followed to its candidate; what a model does is monitored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.annotations.retraining.test_training import TINY
from tests.browser import steps
from tests.browser.looks import look_in_both_themes
from tests.browser.watch import Watch
from tests.support.phantoms import phantom_file
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WORK_MS = 180_000
FOUR_EPOCHS = TINY.replace("epochs = 2", "epochs = 4")


@pytest.fixture
def lab(stack: Stack) -> Iterator[Stack]:
    """Two sealed releases of other patients each, and a worker of the training queue."""
    make = "from tests.support.stack_facts import *; model_lab('browser-train', 'browser-frozen')"
    stack.manage("shell", "-v", "0", "-c", make)
    stack.run("training")
    yield stack
    stack.kill("training")


def test_a_training_is_followed_to_its_candidate_which_is_compared(
    lab: Stack, page: Page, watch: Watch, shots: Path
) -> None:
    watch.allow(r"status of 422 .*/retraining/")
    steps.sign_in(page, "trainer", "/retraining/")
    wrong = look_in_both_themes(page, "trainings-empty", shots)
    page.get_by_label("Release").select_option(label="browser-train@1")
    page.get_by_label("Base").select_option(index=0)
    page.get_by_label("Configuration (TOML)").fill("no toml")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("training_config_refused")).to_be_visible()
    page.get_by_label("Configuration (TOML)").fill(FOUR_EPOCHS)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("browser-train 1.1")
    # progress arrives by itself, epoch by epoch
    rows = page.locator("[data-part=rows] tr")
    expect(rows).not_to_have_count(0, timeout=WORK_MS)
    expect(page.get_by_text("Training", exact=True).last).to_be_visible()
    expect(page.locator("[data-part=curves] svg").first).to_be_visible()
    wrong += look_in_both_themes(page, "training-running", shots)
    candidate = page.get_by_role("link", name="browser-train 1.1")
    expect(candidate).to_be_visible(timeout=WORK_MS)
    expect(rows).to_have_count(4)
    wrong += look_in_both_themes(page, "training-done", shots)
    page.goto("/retraining/")
    wrong += look_in_both_themes(page, "trainings", shots)
    page.get_by_role("link", name="browser-train 1.1").click()
    candidate.click()
    expect(page.get_by_role("heading", name="By finding")).to_be_visible()
    wrong += look_in_both_themes(page, "candidate", shots)
    wrong += compared(page, shots)
    assert wrong == []


def compared(page: Page, shots: Path) -> list[str]:
    """From the candidate's evidence to what the gate says of it: it knows no boxes."""
    page.get_by_role("link", name="Promotion").click()
    wrong = look_in_both_themes(page, "promotion", shots)
    page.get_by_label("Test release").select_option("browser-frozen@1")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("Promotion is refused:")).to_be_visible(timeout=WORK_MS)
    expect(page.locator(".reasons")).to_contain_text("does not know boxes of Atelectasis, ")
    expect(page.locator("dl.kv")).to_contain_text("The active model alone knows boxes of Atel")
    heart = page.get_by_role("row").filter(has_text="Cardiomegaly").first
    expect(heart.get_by_role("cell").nth(1)).to_have_text("20")
    return wrong + look_in_both_themes(page, "comparison", shots)


def test_monitoring_shows_what_the_model_did(
    page: Page, new_context: Callable[..., BrowserContext], tmp_path: Path, shots: Path
) -> None:
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn="PHANTOM-324", name="Phantom Watched", seed=324)
    line = steps.upload(page, phantom_file(tmp_path, seed=324))
    steps.analysed(page, line)
    page = new_context().new_page()
    steps.sign_in(page, "researcher", "/monitoring/")
    wrong = look_in_both_themes(page, "monitoring", shots)
    active = page.get_by_role("row").filter(has_text="Active")
    expect(active.get_by_role("cell").nth(2)).to_have_text(re.compile(r"^[1-9]\d*$"))
    active.get_by_role("link").first.click()
    expect(page.locator("svg.plot .fill").first).to_be_visible()
    expect(page.locator("svg.histogram")).to_have_count(14)
    wrong += look_in_both_themes(page, "monitoring-model", shots)
    page.get_by_role("link", name="In shadow").click()
    expect(page.get_by_text("No image was read by both yet")).to_be_visible()
    wrong += look_in_both_themes(page, "shadow-empty", shots)
    assert wrong == []
