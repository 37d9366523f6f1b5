"""In the reading room: the lungs' outline over the image, and an image that the gate refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.support.phantoms import phantom_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_lungs_are_outlined_when_asked_for(page: Page, tmp_path: Path, shots: Path) -> None:
    steps.sign_in(page, "clinician")
    steps.create_patient(page, mrn="PHANTOM-63", name="Phantom Test", seed=63)
    steps.case_in_room(page, phantom_file(tmp_path, seed=63))
    outline = page.locator(".overlay path.lungs")
    expect(outline).to_be_hidden()
    page.get_by_label("Lungs").check()
    expect(outline).to_be_visible()
    assert (outline.get_attribute("d") or "").count("M") == 2
    expect(page.locator("[data-part=lungs-note]")).to_contain_text("atio")
    stage, lungs = page.locator(".stage").bounding_box(), outline.bounding_box()
    assert stage is not None
    assert lungs is not None
    assert stage["x"] < lungs["x"] < lungs["x"] + lungs["width"] < stage["x"] + stage["width"]
    page.screenshot(path=shots / "lungs.png")
    page.get_by_role("button", name="Rotate").click()
    upright = lungs["width"] / lungs["height"]
    assert steps.until(page, lambda: is_turned(outline.bounding_box(), upright), "turned lungs")
    page.get_by_label("Lungs").uncheck()
    expect(outline).to_be_hidden()


def is_turned(box: object, upright: float) -> bool:
    """Width by height has become height by width."""
    return isinstance(box, dict) and abs(box["height"] / box["width"] / upright - 1.0) < 0.05


def test_a_letter_is_not_analysed_and_the_page_says_why(
    page: Page, tmp_path: Path, shots: Path
) -> None:
    letter = np.full((700, 500), 245, np.uint8)
    for y in range(40, 680, 22):
        cv2.putText(letter, "Dear colleague, thank you", (30, y), 0, 0.9, 10, 2)
    cv2.imwrite(str(tmp_path / "letter.png"), letter)
    steps.sign_in(page, "clinician")
    line = steps.upload(page, tmp_path / "letter.png")
    line.get_by_role("link", name="Open the case").click()
    card = page.locator("[data-region=analysis]")
    expect(card).to_have_attribute("data-state", "failed", timeout=steps.ANALYSIS_MS)
    expect(card).to_contain_text("Analysis unavailable")
    expect(card).to_contain_text("not a frontal chest radiograph")
    expect(card).to_contain_text("This is not “no finding”")
    page.screenshot(path=shots / "refused.png")
