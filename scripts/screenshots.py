"""The pictures of README and docs: ``python -m scripts.screenshots docs/images``.

Starts a portal of its own with synthetic patients in a temporary folder, reads some of their cases,
and takes each page as a person sees it. ``make screenshots`` calls it.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, DESKTOP, PATIENCE_MS, chromium
from tests.support.stack import Stack, wait_until

PHONE = {"width": 390, "height": 844}
REPORT_WIDTH_PX = 900
DRAWN_MS = 4_500  # images, boxes and heat map are drawn, and the words of a key are gone
GREYS, COLOURS = 64, 192  # of a palette of 256: small, and sharp enough


@contextmanager
def demo_portal() -> Iterator[tuple[Stack, dict[str, str]]]:
    """A running portal with demo cases, some of them read, and which case shows what."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        try:
            stack.start()
            number = int(beside(stack, "seed"))
            wait_until(
                lambda: stack.query("statuses()") == ["PROPOSED"] * number,
                limit_s=600,
                what="the analyses",
            )
            yield stack, json.loads(beside(stack, "read"))
        finally:
            stack.stop()


def beside(stack: Stack, function: str) -> str:
    code = f"from scripts import picture_world; print(picture_world.{function}())"
    return stack.manage("shell", "-v", "0", "-c", code).splitlines()[-1]


def signed_in(browser: Browser, stack: Stack, **options: object) -> Page:
    context = browser.new_context(base_url=stack.base, **options)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    fill_in(page, stack)
    return page


def fill_in(page: Page, stack: Stack) -> None:
    """Signs the demo's clinician in, as a person would."""
    page.goto(f"{stack.base}/accounts/login/?next=/patients/")
    page.get_by_label("E-mail address").fill("clinician@example.org")
    page.get_by_label("Password").fill(stack.people["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Patients")


def keep(picture: Image.Image, path: Path) -> None:
    """As a PNG with a palette: neutral greys for the radiograph, the rest for what has a colour."""
    plain = picture.convert("RGB")
    rare = plain.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([level * 255 // (GREYS - 1) for level in range(GREYS) for _ in "RGB"] + rare)
    small = plain.quantize(palette=palette, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{path} {path.stat().st_size // 1024} kB")


def take(page: Page, path: Path) -> None:
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        keep(picture, path)


def room(page: Page, case: str) -> None:
    page.goto(f"/reading/{case}/")
    expect(page.locator("[data-region=analysis]")).to_have_attribute("data-state", "done")
    expect(page.locator("[data-region=screen]")).to_be_hidden()
    page.wait_for_timeout(DRAWN_MS)


def desk(page: Page, folder: Path, case: str) -> None:
    """The reading room: with the first finding's heat map, then beside the prior."""
    room(page, case)
    page.locator(".stage").first.focus()
    page.keyboard.press("j")
    page.keyboard.press("m")
    page.wait_for_timeout(DRAWN_MS)
    take(page, folder / "reading-room.png")
    page.keyboard.press("m")
    page.keyboard.press("Shift+P")
    page.wait_for_timeout(DRAWN_MS)
    take(page, folder / "reading-room-compare.png")


def lists(page: Page, folder: Path) -> None:
    for name, address, scheme in (
        ("worklist", "/worklist/", "light"),
        ("home", "/", "light"),
        ("home-dark", "/", "dark"),
    ):
        page.emulate_media(color_scheme=scheme)
        page.goto(address, wait_until="networkidle")
        take(page, folder / f"{name}.png")


def report(page: Page, folder: Path, case: str) -> None:
    """The first page of the signed PDF, as it comes out of the portal."""
    page.goto(f"/reports/case/{case}/")
    address = page.locator("a[href$='/pdf/']").first.get_attribute("href")
    content = page.request.get(address or "").body()
    first = pypdfium2.PdfDocument(content)[0]
    keep(first.render(scale=REPORT_WIDTH_PX / first.get_width()).to_pil(), folder / "report.png")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    program = chromium()
    if program is None:
        raise SystemExit("no Chromium: set CHROMIUM, or put one on the search path")
    expect.set_options(timeout=PATIENCE_MS)
    with demo_portal() as (stack, cases), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        page = signed_in(browser, stack, viewport=DESKTOP)
        desk(page, folder, cases["open"])
        lists(page, folder)
        report(page, folder, cases["signed"])
        phone = signed_in(browser, stack, viewport=PHONE, has_touch=True, is_mobile=True)
        room(phone, cases["open"])
        take(phone, folder / "reading-room-phone.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
