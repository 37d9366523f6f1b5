"""The whole chain with a real worker, the real network and a radiograph made for the test."""

from __future__ import annotations

import hashlib
import json
import random
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pycocotools.coco import COCO
from pypdf import PdfReader

from cxrportal.demo.client import Answer
from tests.support.phantoms import phantom_file
from tests.support.stack import Stack, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.services]
FILES = 20


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One portal for the tests of this file: each counts what it added."""
    stack = Stack(tmp_path_factory.mktemp("stack"), services=True)
    try:
        yield stack.start()
    finally:
        stack.stop()


def upload(stack: Stack, folder: Path, seed: int) -> Answer:
    return stack.client().upload(phantom_file(folder, seed=seed))


def test_an_upload_is_analysed_by_itself_and_its_findings_are_proposed(
    stack: Stack, tmp_path: Path
) -> None:
    answer = upload(stack, tmp_path, seed=1)
    assert answer.status == 201
    case = answer.body["results"][0]["case"]
    reading = stack.client().wait_for_case(case, limit_s=90)
    image = reading["images"][0]
    assert image["ingest_state"] == "DONE"
    assert image["analysis"]["state"] == "DONE", image["analysis"]
    assert len(image["analysis"]["scores"]) == 14
    assert image["analysis"]["heatmaps"]["labels"]
    wait_until(
        lambda: stack.client().get(f"cases/{case}/progress/").body["status"] == "PROPOSED",
        limit_s=20,
        what="the proposals",
    )


def test_killing_workers_at_random_loses_nothing_and_doubles_nothing(
    stack: Stack, tmp_path: Path
) -> None:
    dice = random.Random(7)
    before = stack.query("counts()")
    for seed in range(100, 100 + FILES):
        assert upload(stack, tmp_path, seed=seed).status == 201
        if dice.random() < 0.35:
            role = dice.choice(("worker", "inference"))
            stack.kill(role)
            time.sleep(dice.random())
            stack.run(role)
    wait_until(
        lambda: stack.query("counts()")["proposed"] - before["proposed"] == FILES,
        limit_s=240,
        what="20 analyses",
    )
    after = stack.query("counts()")
    added = {name: after[name] - before[name] for name in ("images", "runs", "done")}
    assert added == {"images": FILES, "runs": FILES, "done": FILES}
    assert after["findings"] == after["distinct_findings"]


def test_the_same_file_again_is_the_same_image_and_no_second_analysis(
    stack: Stack, tmp_path: Path
) -> None:
    first = upload(stack, tmp_path, seed=3).body["results"][0]
    stack.client().wait_for_case(first["case"], limit_s=90)
    runs = stack.query("counts()")["runs"]
    again = upload(stack, tmp_path, seed=3)
    assert again.status == 200
    assert again.body["results"][0]["outcome"] == "duplicate"
    assert again.body["results"][0]["image"] == first["image"]
    assert stack.query("counts()")["runs"] == runs


def test_an_archive_answers_for_each_entry(stack: Stack, tmp_path: Path) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(phantom_file(tmp_path, seed=4), "a/good.dcm")
        archive.writestr("readme.txt", "not an image")
    (tmp_path / "two.zip").write_bytes(packed.getvalue())
    answer = stack.client().upload(tmp_path / "two.zip")
    assert answer.status == 207
    outcomes = {r["file_name"]: (r["outcome"], r["code"]) for r in answer.body["results"]}
    assert outcomes["a/good.dcm"] == ("accepted", "")
    assert outcomes["readme.txt"][0] == "refused"
    assert json.dumps(answer.body).count("not_an_image") == 1


def test_from_upload_to_signed_pdf_and_coco(stack: Stack, tmp_path: Path) -> None:
    case = upload(stack, tmp_path, seed=6).body["results"][0]["case"]
    clinician, researcher = stack.client(), stack.client("researcher")
    clinician.wait_for_case(case, limit_s=90)
    wait_until(
        lambda: clinician.get(f"cases/{case}/progress/").body["status"] == "PROPOSED",
        limit_s=30,
        what="the proposals",
    )
    report = stack.query(f"read_and_sign('{case}')")
    pdf = clinician.download(f"reports/{report}/pdf/")
    said = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    assert "Nodule" in said
    assert "Dr Clinician" in said
    image = clinician.get(f"cases/{case}/reading/").body["images"][0]["id"]
    looked = clinician.post(f"images/{image}/burned-in/", {"outcome": "clean"})
    assert looked.status == 201, looked.body
    asked = researcher.post("exports/", {"name": "flow"})
    assert asked.status == 202, asked.body
    release = f"exports/{asked.body['id']}/"
    sealed = wait_until(
        lambda: _ended(researcher.get(release).body), limit_s=90, what="the release"
    )
    assert (sealed["state"], sealed["code"]) == ("DONE", "")
    packed = researcher.download(release + "download/")
    assert hashlib.sha256(packed).hexdigest() == sealed["archive_sha256"]
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        archive.extractall(tmp_path / "release")
    coco = COCO(str(tmp_path / "release" / "coco.json"))
    boxes = [annotation["bbox"] for annotation in coco.anns.values()]
    assert [100.0, 120.0, 60.0, 70.0] in boxes
    assert clinician.get("exports/").status == 403


def _ended(release: dict[str, Any]) -> dict[str, Any] | None:
    return release if release["state"] in ("DONE", "FAILED") else None
