"""How fast the viewer paints, windows and filters large images in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.measure import print_table
from tests.browser.conftest import ARGUMENTS, chromium
from tests.support.viewer_page import as_served, facts_of, viewer_page

SIZES = ((3000, 2500), (4000, 4000))
STAGE = {"width": 1440, "height": 860}
FRAMES = 90
PATIENCE_MS = 300_000

OPEN = """async ([url, image, times]) => {
  const { Stage } = await import("/viewer/stage.js");
  const element = document.querySelector(".stage");
  const bytes = async () => new Uint8Array(await (await fetch(url)).arrayBuffer());
  const stage = new Stage(element, element.querySelector("canvas"), { bytes });
  window.stage = stage;
  const spent = [];
  for (let i = 0; i < times; i += 1) {
    const began = performance.now();
    const painted = new Promise((done) => stage.addEventListener("view", done, { once: true }));
    stage.show({ ...image, id: String(i), pixels_url: url });
    await painted;
    spent.push(performance.now() - began);
  }
  return spent;
}"""
WINDOW = """async (frames) => {
  const { stage } = window;
  const { center, width } = stage.currentWindow();
  const step = stage.windowStep;
  const next = () => new Promise((done) => requestAnimationFrame(done));
  const drawn = [];
  const { draw } = stage.renderer;
  stage.renderer.draw = (given) => {
    const began = performance.now();
    draw.call(stage.renderer, given);
    stage.renderer.context.getImageData(0, 0, 1, 1);
    drawn.push(performance.now() - began);
  };
  const at = [await next()];
  for (let i = 1; i <= frames; i += 1) {
    stage.setWindow(center + i * step, width + i * step);
    at.push(await next());
  }
  delete stage.renderer.draw;
  return { frames: at.slice(1).map((time, i) => time - at[i]), drawn };
}"""
FILTER = """async (id) => {
  const { Processing } = await import("/viewer/processing.js");
  const { FILTERS } = await import("/viewer/filters/catalogue.js");
  window.processing ??= new Processing(window.stage);
  const { processing } = window;
  let longest = 0, last = performance.now(), running = true;
  const tick = (now) => {
    longest = Math.max(longest, now - last);
    last = now;
    if (running) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  const began = performance.now();
  await new Promise((done, failed) => {
    const look = () => {
      if (processing.error) failed(new Error(processing.error));
      else if (began_running && processing.share === null) done();
      began_running ||= processing.share !== null;
    };
    let began_running = false;
    processing.addEventListener("change", look);
    processing.choose(id);
  });
  const took = performance.now() - began;
  running = false;
  processing.off();
  return { name: FILTERS.find((filter) => filter.id === id).name, took, longest };
}"""
FILTERS = ("clahe", "unsharp", "median", "gaussian", "sobel", "erosion", "dilation")


def radiograph(rows: int, columns: int) -> NDArray[np.uint16]:
    """12 bits: smooth shadows with the noise of a detector."""
    rng = np.random.default_rng(7)
    coarse = rng.random((12, 10), dtype=np.float32)
    smooth = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)
    noise = rng.normal(0, 20, (rows, columns)).astype(np.float32)
    return np.clip(600 + 2800 * smooth + noise, 0, 4095).astype(np.uint16)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    program = chromium()
    if program is None:
        pytest.skip("no Chromium: set CHROMIUM, or put one on the search path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        page = browser.new_page(viewport=STAGE)
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()


def test_first_paint_window_and_filters(page: Page) -> None:
    painted: list[list[str]] = []
    filtered: dict[str, list[str]] = {}
    for rows, columns in SIZES:
        stored = radiograph(rows, columns)
        facts = facts_of(stored, bits_stored=12)
        with viewer_page({"pixels": as_served(stored)}) as address:
            page.goto(address)
            opening = page.evaluate(OPEN, ["/made/pixels", facts, 4])[1:]
            fitted = page.evaluate(WINDOW, FRAMES)
            page.evaluate("window.stage.oneToOne()")
            full = page.evaluate(WINDOW, FRAMES)
            for name in FILTERS:
                found = page.evaluate(FILTER, name)
                row = filtered.setdefault(found["name"], [])
                row += [f"{found['took'] / 1000:.2f}", f"{found['longest']:.0f}"]
        painted += [
            [f"{rows} x {columns}, {words}", first, *_frames(times)]
            for words, first, times in (
                ("fitted", f"{np.median(opening):.0f}", fitted), ("1:1", "", full),
            )
        ]  # fmt: skip
    print_table(
        f"First paint and windowing, stage {STAGE['width']} x {STAGE['height']} px, 12 bit",
        ("image", "first paint, ms", "frame, median ms", "frame, 95 % ms", "drawing, median ms"),
        painted,
    )
    header = [f"{r} x {c}: {what}" for r, c in SIZES for what in ("s", "longest frame, ms")]
    rows_of = [[name, *numbers] for name, numbers in filtered.items()]
    print_table("Image filters in their worker, first values", ("filter", *header), rows_of)


def _frames(times: dict[str, Any]) -> list[str]:
    between = times["frames"]
    numbers = (np.median(between), np.percentile(between, 95), np.median(times["drawn"]))
    return [f"{number:.1f}" for number in numbers]
