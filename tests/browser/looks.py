"""A page in light and dark, wide and narrow: what is wrong with it, and pictures of the whole."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.axe import SIZES
from tests.browser.test_pages import look

SET_THEME = "(theme) => { document.documentElement.dataset.theme = theme; }"


def look_in_both_themes(page: Page, name: str, shots: Path) -> list[str]:
    """Leaves a picture of the whole page for each theme and size; ends light and wide."""
    wrong = []
    for theme in ("dark", "light"):
        page.evaluate(SET_THEME, theme)
        wrong += look(page, f"{name}-{theme}", shots)
        for size, (width, height) in reversed(SIZES.items()):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=shots / f"{name}-{theme}-{size}-whole.png", full_page=True)
    return wrong
