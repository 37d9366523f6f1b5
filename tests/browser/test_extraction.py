"""Research: tables and arrays of a sealed release, asked for and fetched on its page."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.browser.release_steps import sign_a_box

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SEED = 301


def test_a_researcher_extracts_from_a_release_and_downloads_it(
    page: Page, tmp_path: Path, new_context: Callable[..., BrowserContext]
) -> None:
    sign_a_box(page, tmp_path, seed=SEED)
    research = new_context().new_page()
    steps.sign_in(research, "researcher", "/releases/")
    research.get_by_label("Name").fill("to-extract")
    research.get_by_role("button", name="Build it").click()
    expect(research.get_by_text("Sealed", exact=True)).to_be_visible(timeout=60_000)
    expect(research.get_by_text("This release holds pictures, not DICOM")).to_be_visible()

    research.get_by_label("Size").select_option("256")
    research.get_by_role("button", name="Extract", exact=True).click()
    download = research.get_by_role("link", name="Download")
    expect(download).to_be_visible(timeout=60_000)
    with research.expect_download() as started:
        download.click()
    with zipfile.ZipFile(started.value.path()) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert set(files) == {"errors.csv", "extraction.json", "metadata.csv", "pixels.h5"}
    table = csv.DictReader(io.StringIO(files["metadata.csv"].decode(), newline=""))
    keys = {row["key"] for row in table}
    with h5py.File(io.BytesIO(files["pixels.h5"])) as pixels:
        assert set(pixels) == keys
        assert {image.shape for image in pixels.values()} == {(256, 256)}
    assert keys
    for name, content in files.items():
        assert f"PHANTOM-{SEED}".encode() not in content, name

    research.get_by_role("button", name="Delete this extraction").click()
    expect(research.get_by_text("The extraction is deleted.")).to_be_visible()
    expect(research.get_by_text("Nothing was extracted yet.")).to_be_visible()
