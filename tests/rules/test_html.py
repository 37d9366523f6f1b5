"""Every page as the server sends it is valid HTML.

Judged by html-validate (npm, MIT): the HTML standard's content model, attributes and references and
the accessibility rules that need no browser. It was preferred to the Nu checker (needs Java), to
tidy (knows no current HTML) and to html5lib (finds errors of syntax only).
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse

from tests.rules.access_world import World
from tests.rules.pages import PageOf, pages_of

TOOLS = Path(__file__).resolve().parents[1] / "node"


@pytest.fixture(scope="module")
def validator() -> list[str]:
    node = shutil.which("node")
    if node is None or not (TOOLS / "node_modules" / "html-validate").is_dir():
        pytest.skip("html-validate is not installed: `make node-tools` (needs node and npm)")
    return [node, str(TOOLS / "validate.mjs")]


def judged(validator: list[str], folder: Path) -> list[dict[str, str]]:
    done = subprocess.run(
        [*validator, str(folder)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def rendered(world: World, page: PageOf) -> HttpResponse:
    cache.clear()
    with transaction.atomic():
        response = world.client(page.role).get(page.path, headers={"Accept": "text/html"})
        if response.streaming:
            list(response.streaming_content)  # read to its end, so that its file is closed
        transaction.set_rollback(True)
    return response


@pytest.mark.django_db
def test_every_page_is_valid_html(world: World, validator: list[str], tmp_path: Path) -> None:
    for page in pages_of(world):
        response = rendered(world, page)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            name = f"{page.name} {page.role}.html".replace(":", " ")
            (tmp_path / name).write_bytes(response.content)
    assert len(list(tmp_path.iterdir())) > 50
    assert judged(validator, tmp_path) == []


def test_the_validator_finds_what_is_wrong(validator: list[str], tmp_path: Path) -> None:
    text = '<!doctype html><html lang="en"><head><title>x</title></head><body>{}</body></html>'
    samples = {
        "element-permitted-content": "<span><div>a block in a phrase</div></span>",
        "no-dup-id": '<p id="a">one</p><p id="a">two</p>',
        "no-inline-style": '<p style="color: red">styled</p>',
        "wcag/h37": '<img src="x.png">',
    }
    for rule, body in samples.items():
        folder = tmp_path / rule.replace("/", "-")
        folder.mkdir()
        (folder / "page.html").write_text(text.format(body), encoding="utf-8")
        assert rule in {found["rule"] for found in judged(validator, folder)}, rule
