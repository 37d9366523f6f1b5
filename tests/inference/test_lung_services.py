"""Before the model looks: lungs are stored, the gate warns beside the result or refuses."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from annotations.reading.services.proposals import findings_propose
from cases.models import Case, Image
from cases.services.ingest import image_ingest
from cases.services.upload import UploadRequest, upload_accept
from cxrportal.common.storage import read_bytes
from inference.models import Detection, HeatMap, InferenceRun, LungMask
from inference.presentation import run_json
from inference.services import lungs
from inference.services.infer import run_infer
from inference.services.registry import model_activate, model_add
from inference.services.runs import run_retry, runs_ensure
from tests.support.phantoms import phantom_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture(autouse=True)
def model(db: None):
    return model_activate(model=model_add())


def ingested(department, clinician, path: Path) -> Image:
    request = UploadRequest(user=clinician, department=department, path=path, file_name=path.name)
    image = upload_accept(request).image
    image_ingest(image_id=image.pk)
    image.refresh_from_db()
    return image


@pytest.fixture
def phantom(department, clinician, tmp_path: Path) -> Image:
    path = tmp_path / "phantom.dcm"
    path.write_bytes(phantom_bytes(5, findings=("Cardiomegaly",)))
    return ingested(department, clinician, path)


def page_of_text(path: Path) -> Path:
    page = np.full((700, 500), 245, np.uint8)
    for y in range(40, 680, 22):
        cv2.putText(page, "Dear colleague, thank you", (30, y), 0, 0.9, 10, 2)
    cv2.imwrite(str(path), page)
    return path


@pytest.fixture
def letter(department, clinician, tmp_path: Path) -> Image:
    return ingested(department, clinician, page_of_text(tmp_path / "letter.png"))


def analysed(image: Image) -> InferenceRun:
    runs_ensure(case_id=image.case_id)
    run = InferenceRun.objects.get(image=image)
    run_infer(run_id=run.pk)
    run.refresh_from_db()
    return run


def test_an_analysis_stores_the_lungs_and_what_the_gate_said(phantom) -> None:
    run = analysed(phantom)
    assert (run.state, run.code) == ("DONE", "")
    mask = LungMask.objects.get(run=run)
    packed = np.frombuffer(read_bytes(mask.key), np.uint8)
    assert packed.size == mask.rows * mask.columns
    assert set(np.unique(packed)) <= {0, 1, 2}
    whole = phantom.rows * phantom.columns
    assert mask.left_area_px == pytest.approx((packed == 1).mean() * whole, abs=1)
    assert mask.right_area_px == pytest.approx((packed == 2).mean() * whole, abs=1)
    assert (mask.ratio is None) == bool(mask.ratio_missing)
    assert run.quality["refused"] is False
    assert not any(reason["refuses"] for reason in run.quality["reasons"])
    assert {"lungs", "gate"} <= set(run.timings_s)


def test_a_redelivered_task_stores_no_second_mask(phantom) -> None:
    run = analysed(phantom)
    before = list(LungMask.objects.values())
    run_infer(run_id=run.pk)
    InferenceRun.objects.filter(pk=run.pk).update(state="WAITING")
    run_infer(run_id=run.pk)
    assert list(LungMask.objects.values()) == before


def test_what_is_no_radiograph_is_refused_with_a_code_and_never_no_finding(letter) -> None:
    run = analysed(letter)
    findings_propose(run_id=run.pk)
    assert run.state == "FAILED"
    assert run.code == "not_frontal_chest"
    assert run.quality["refused"] is True
    assert "not a frontal chest radiograph" in run.message
    assert not Detection.objects.exists()
    assert not HeatMap.objects.exists()
    assert not LungMask.objects.exists()
    # reading goes on without the model
    assert Case.objects.get(pk=letter.case_id).status == Case.Status.PROPOSED
    shown = run_json(run, hidden=False)
    assert (shown["scores"], shown["heatmaps"], shown["lungs"]) == ([], None, None)


def test_another_try_forgets_the_old_verdict(letter, clinician) -> None:
    run = analysed(letter)
    assert run_retry(run=run, actor=clinician).quality == {}


def test_a_lateral_view_by_its_header_is_refused(phantom) -> None:
    Image.objects.update(view_position="LL")
    run = analysed(phantom)
    assert (run.state, run.code) == ("FAILED", "lateral_view")
    assert [r["basis"] for r in run.quality["reasons"]] == ["header"]


def test_a_child_is_analysed_with_a_warning(phantom) -> None:
    facts = dict(phantom.facts)
    facts["study"] = facts["study"] | {"age_years": 9}
    Image.objects.update(facts=facts)
    run = analysed(phantom)
    assert run.state == "DONE"
    assert "child" in [reason["code"] for reason in run.quality["reasons"]]
    shown = run_json(run, hidden=True)
    assert shown["quality"]["reasons"]
    assert shown["lungs"] is None


def test_without_its_gate_nothing_is_analysed(phantom, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(lungs, "_loaded", [])
    monkeypatch.setattr(lungs, "INPUT_GATE", tmp_path)
    run = analysed(phantom)
    assert (run.state, run.code) == ("FAILED", "model_missing")


def test_the_shipped_files_are_who_they_should_be(tmp_path, monkeypatch) -> None:
    assert lungs.lungs_verify() == ""
    for name in ("model.safetensors", "model.json"):
        (tmp_path / name).write_bytes((lungs.LUNG_MODEL / name).read_bytes() + b" ")
    monkeypatch.setattr(lungs, "LUNG_MODEL", tmp_path)
    assert lungs.lungs_verify() == "model_hash_mismatch"


def test_the_api_carries_areas_ratio_and_reasons(phantom) -> None:
    shown = run_json(analysed(phantom), hidden=False)
    assert shown["lungs"]["url"].endswith("/lungs/")
    assert shown["lungs"]["experimental"] is True
    assert shown["lungs"]["ratio"] is not None or shown["lungs"]["ratio_missing"]
