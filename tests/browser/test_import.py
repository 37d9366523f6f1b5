"""A data set comes in, its boxes are in the reading room, and its numbers are explored."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inference.phantoms.generator import make_phantom
from tests.annotations.importing.datasets import zipped
from tests.browser import steps
from tests.browser.looks import look_in_both_themes
from tests.support.phantoms import SMALL

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SEEDS = (321, 322, 323)
SET = "browser-set"
WORK_MS = 60_000
DRAWN = "(image) => image.complete && image.naturalWidth > 0"


def png(seed: int) -> bytes:
    pixels = make_phantom(seed, size_px=SMALL).image
    return cv2.imencode(".png", (pixels >> 4).astype(np.uint8))[1].tobytes()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three images; a nodule each on two, the third normal; one label unknown, one box outside."""
    rows, columns = SMALL
    said = {
        "categories": [{"id": 1, "name": "Nodule"}, {"id": 2, "name": "Alien"}],
        "images": [
            {"id": seed, "file_name": f"p{seed}.png", "width": columns, "height": rows}
            for seed in SEEDS
        ],
        "annotations": [
            {"id": 1, "image_id": SEEDS[0], "category_id": 1, "bbox": [80, 120, 60, 70]},
            {"id": 2, "image_id": SEEDS[1], "category_id": 1, "bbox": [300, 200, 40, 40]},
            {"id": 3, "image_id": SEEDS[1], "category_id": 2, "bbox": [10, 10, 20, 20]},
            {"id": 4, "image_id": SEEDS[1], "category_id": 1, "bbox": [400, 100, 90, 20]},
        ],
    }
    files = {f"images/p{seed}.png": png(seed) for seed in SEEDS}
    path = tmp_path / "set.zip"
    path.write_bytes(zipped({"annotations.json": json.dumps(said).encode(), **files}))
    return path


def send(page: Page, archive: Path, *, source: str = SET) -> None:
    page.goto("/imports/")
    page.get_by_label("ZIP archive").set_input_files(archive)
    page.get_by_label("Name of the data set").fill(source)
    page.get_by_label("An image without annotations has no finding").check()
    page.get_by_label("Its licence permits research use").check()
    page.get_by_role("button", name="Look at it").click()


def test_a_data_set_is_looked_at_mended_imported_read_and_explored(
    page: Page, new_context: Callable[..., BrowserContext], archive: Path, shots: Path
) -> None:
    steps.sign_in(page, "clinician")
    page.goto("/imports/")
    wrong = look_in_both_themes(page, "imports-empty", shots)
    send(page, archive)
    expect(page.get_by_text("Looked at", exact=True)).to_be_visible(timeout=WORK_MS)
    facts = page.locator("dl.kv")
    expect(facts).to_contain_text("3 would be new")
    expect(facts).to_contain_text("Alien (1)")
    expect(facts).to_contain_text("box_outside_image")
    wrong += look_in_both_themes(page, "import-dry", shots)
    number = str(SEEDS[1])  # COCO's number of the image
    assert problems(page) == {("box_outside_image", number), ("label_unknown", number)}
    page.get_by_role("button", name="Import it").click()
    expect(page.get_by_text("Imported", exact=True)).to_be_visible(timeout=WORK_MS)
    expect(facts).to_contain_text("3 new")
    wrong += look_in_both_themes(page, "import-done", shots)
    page.goto("/imports/")
    wrong += look_in_both_themes(page, "imports", shots)
    wrong += boxes_in_the_room(page, shots)
    researcher = new_context().new_page()
    wrong += explored(researcher, shots)
    assert wrong == []


def problems(page: Page) -> set[tuple[str, str]]:
    """Code and image of each row that was not taken, from the file that the page offers."""
    with page.expect_download() as started:
        page.get_by_role("link", name="Rows with a problem (CSV)").click()
    rows = csv.DictReader(io.StringIO(started.value.path().read_text("utf-8")))
    return {(row["code"], row["image"]) for row in rows}


def boxes_in_the_room(page: Page, shots: Path) -> list[str]:
    """By the patient's chart, as a person would."""
    mrn = f"{SET}:{SEEDS[0]}"
    page.goto(f"/patients/?q={mrn}")
    page.get_by_role("row").filter(has_text=mrn).get_by_role("link").click()
    page.get_by_role("link", name="Open").first.click()
    steps.wait_for_room(page)
    row = page.locator("[data-part=other-list] > li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Nodule")
    expect(row).to_contain_text("imported")
    page.screenshot(path=shots / "room-imported.png")
    return []


def explored(page: Page, shots: Path) -> list[str]:
    steps.sign_in(page, "researcher", "/explore/")
    wrong = look_in_both_themes(page, "explore-form", shots)
    page.get_by_label("Whose statements").select_option("imported")
    page.get_by_role("button", name="Draw it").click()
    expect(page.get_by_role("heading", name="Findings")).to_be_visible(timeout=WORK_MS)
    expect(page.locator("dl.kv")).to_contain_text("no reader found anything on 1")
    row = page.get_by_role("row").filter(has_text="Nodule")
    expect(row.get_by_role("cell").nth(1)).to_have_text("2")
    figures = page.locator(".figure img")
    assert figures.count() > 3
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
        steps.until(
            page,
            lambda figure=figure: figure.evaluate(
                "(image) => image.complete && image.naturalWidth"
            ),
            "a figure",
        )
    wrong += look_in_both_themes(page, "explored", shots)
    page.goto("/explore/")
    return wrong + look_in_both_themes(page, "explorations", shots)


def test_an_archive_without_a_data_set_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "nothing.zip"
    path.write_bytes(zipped({"readme.txt": b"no annotations here"}))
    steps.sign_in(page, "clinician")
    send(page, path, source="nothing")
    expect(page.get_by_role("alert")).to_contain_text("import_format_unknown", timeout=WORK_MS)
