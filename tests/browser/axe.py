"""What axe-core finds on a page: WCAG 2.2 AA and best practices, light and dark, wide and narrow.

axe-playwright-python brings axe-core along (MPL-2.0). It is evaluated through the debugger, which
the page's policy does not govern: the pages are judged under the policy they are served with.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
SCHEMES = ("light", "dark")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# The API page draws itself with Swagger UI: its markup and colours are its makers'.
CONTEXT = {"exclude": ["#swagger-ui"]}
RUN = """async ([context, tags]) => {
  const { violations } = await axe.run(context, { runOnly: { type: "tag", values: tags } });
  return violations.flatMap(({ id, nodes }) => nodes.map(
    ({ html, any, all }) =>
      `${id}: ${html.slice(0, 160)} (${[...any, ...all][0]?.message ?? ""})`));
}"""


@cache
def _source() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def violations(page: Page) -> list[str]:
    """Rule and element, as the page stands now."""
    page.evaluate(_source())
    found: list[str] = page.evaluate(RUN, [CONTEXT, list(TAGS)])
    return found


def each_size(page: Page) -> Iterator[str]:
    """The page at each size, by its name; afterwards it has the size that it had."""
    before = page.viewport_size
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        yield size
    if before:
        page.set_viewport_size(before)


def everywhere(page: Page, name: str) -> list[tuple[str, str]]:
    """(what, where) at each size and in each scheme, without loading the page again."""
    wrong = []
    for size in each_size(page):
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            wrong += [(found, f"{name}, {size}, {scheme}") for found in violations(page)]
    page.emulate_media(color_scheme="light")
    return wrong


def summary(wrong: list[tuple[str, str]]) -> list[str]:
    """One line a fault, with how often and where first: a fault of the base is on every page."""
    places: dict[str, list[str]] = {}
    for what, where in wrong:
        places.setdefault(what, []).append(where)
    return [f"{what} -- {len(found)} times, first in {found[0]}" for what, found in places.items()]
