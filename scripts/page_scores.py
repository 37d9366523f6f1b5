"""Lighthouse on the pages a clinician lives in: ``python -m scripts.page_scores build/lighthouse``.

A demo portal of its own, a Chromium that has signed in through the page, desktop settings.
Lighthouse opens each page in that browser three times; the table has the median of each category
and the extremes where they differ. The whole reports stay in the folder. ``make lighthouse``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import urllib3
from playwright.sync_api import sync_playwright

from scripts.screenshots import demo_portal, fill_in
from tests.browser.conftest import ARGUMENTS, PATIENCE_MS, chromium
from tests.support.stack import Stack, free_port, wait_until

ROUNDS = 3
LIGHTHOUSE = Path(__file__).with_name("lighthouse") / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
METRICS = ("largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift")
RUN_LIMIT_S = 180


@dataclass(frozen=True, slots=True)
class Score:
    """One round on one page: categories 0 to 100, metrics as Lighthouse words them."""

    categories: dict[str, int]
    metrics: dict[str, str]
    misses: dict[str, list[str]]


def judge(url: str, port: int, report: Path) -> Score:
    """Raises RuntimeError with Lighthouse's own words where it cannot judge the page."""
    done = subprocess.run(
        [
            *(LIGHTHOUSE, url, "--quiet", "--preset=desktop", "--disable-storage-reset"),
            *(f"--port={port}", "--output=json", f"--output-path={report}"),
            f"--only-categories={','.join(CATEGORIES)}",
        ],
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"Lighthouse on {url}: {done.stderr.strip()}")
    said = json.loads(report.read_text("utf-8"))
    if said["finalDisplayedUrl"] != url:
        raise RuntimeError(f"{url} led to {said['finalDisplayedUrl']}: nobody is signed in")
    return Score(
        {name: round(said["categories"][name]["score"] * 100) for name in CATEGORIES},
        {name: said["audits"][name]["displayValue"] for name in METRICS},
        {name: _misses(said, name) for name in CATEGORIES},
    )


def _misses(said: dict, category: str) -> list[str]:
    """Titles of the weighted audits that did not get full marks."""
    weighted = [row for row in said["categories"][category]["auditRefs"] if row["weight"]]
    audits = [said["audits"][row["id"]] for row in weighted]
    return [audit["title"] for audit in audits if (audit["score"] or 0) < 0.9]


def table(scores: dict[str, list[Score]]) -> str:
    rows = [
        "| page | performance | accessibility | best practices | largest paint | blocked | shift |",
        "|---|---|---|---|---|---|---|",
    ]
    for page, rounds in scores.items():
        middle = sorted(rounds, key=lambda score: score.categories["performance"])[len(rounds) // 2]
        cells = [_span([score.categories[name] for score in rounds]) for name in CATEGORIES]
        rows.append(f"| {page} | {' | '.join(cells + [middle.metrics[m] for m in METRICS])} |")
    return "\n".join(rows)


def _span(values: list[int]) -> str:
    low, high = min(values), max(values)
    return f"{median(values):g}" + (f" ({low} to {high})" if low != high else "")


@contextmanager
def browser_of(stack: Stack) -> Iterator[int]:
    """The debugging port of a Chromium in which the demo's clinician is signed in.

    Playwright lets go of it after that: its own hold on every page stops Lighthouse's traces.
    """
    program = chromium()
    if program is None:
        raise SystemExit("no Chromium: set CHROMIUM, or put one on the search path")
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, *ARGUMENTS, "--headless=new", f"--user-data-dir={profile}"]
        running = subprocess.Popen(
            [*command, f"--remote-debugging-port={port}", "about:blank"],
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until(lambda: _answers(address), limit_s=30, what="Chromium")
            with sync_playwright() as playwright:
                held = playwright.chromium.connect_over_cdp(address)
                page = held.contexts[0].new_page()
                page.set_default_timeout(PATIENCE_MS)
                fill_in(page, stack)
                page.close()
                held.close()
            yield port
        finally:
            running.terminate()
            running.wait(timeout=30)


def _answers(address: str) -> bool:
    try:
        return urllib3.request("GET", f"{address}/json/version", retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    scores: dict[str, list[Score]] = {}
    with demo_portal() as (stack, cases), browser_of(stack) as port:
        room = f"/reading/{cases['open']}/"
        for name, address in {"home": "/", "worklist": "/worklist/", "reading room": room}.items():
            reports = [folder / f"{name.replace(' ', '-')}-{n + 1}.json" for n in range(ROUNDS)]
            scores[name] = [judge(stack.base + address, port, report) for report in reports]
            for category, misses in scores[name][-1].misses.items():
                for miss in misses:
                    print(f"{name}, {category}: {miss}", flush=True)
    print(table(scores))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
