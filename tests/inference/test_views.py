"""Pages of models: the evidence with intervals, who may see which, nothing that runs in a card."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from inference.models import InferenceRun, ModelVersion
from inference.presentation import model_json
from inference.services.evidence import model_evidence
from inference.services.registry import model_add
from tests.support.cases import make_model
from tests.support.second_factors import signed_in


@pytest.fixture
def model(db: None) -> ModelVersion:
    return model_add()


def page_of(client: Client, model: ModelVersion) -> str:
    answer = client.get(f"/models/{model.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_finding_has_its_number_interval_and_threshold(model: ModelVersion) -> None:
    evidence = model_evidence(model)
    assert evidence.problem == ""
    assert [row.label for row in evidence.findings] == model.labels
    for row, threshold in zip(evidence.findings, model.thresholds, strict=True):
        assert row.threshold == threshold
        assert row.never_proposed == (threshold >= 1)
        assert row.auroc is None or row.auroc.low <= row.auroc.value <= row.auroc.high
    assert {"Macro AUROC, all findings"} <= {name for name, _ in evidence.overall}


def test_the_page_says_use_limits_and_that_scores_are_not_probabilities(
    model: ModelVersion, clinician
) -> None:
    text = page_of(signed_in(Client(), clinician), model)
    assert "Intended use" in text
    assert "Limits" in text
    assert model.sha256 in text
    assert ("Scores, not calibrated" in text) != model.calibrated


def test_a_model_whose_files_are_gone_says_so_and_shows_its_card(researcher) -> None:
    model = make_model(card="Intended use: <script>alert(1)</script>")
    text = page_of(signed_in(Client(), researcher), model)
    assert "model_missing" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text


def test_figures_of_the_checkpoint_are_shown_and_nothing_beside_it(
    researcher, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "roc.png").write_bytes(b"png")
    (tmp_path / "secret.png").write_bytes(b"no")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    model = make_model(path=str(folder))
    client = signed_in(Client(), researcher)
    assert client.get(f"/models/{model.pk}/figures/roc.png").content == b"png"
    for name in ("link.png", "none.png", "model.json", "..%2Fsecret.png"):
        assert client.get(f"/models/{model.pk}/figures/{name}").status_code == 404


def test_the_list_and_the_try_page_are_for_researchers_and_admins(
    model: ModelVersion, clinician, researcher, admin
) -> None:
    for user, status in ((clinician, 404), (researcher, 200), (admin, 200)):
        client = signed_in(Client(), user)
        assert [client.get(f"/models/{part}").status_code for part in ("", "try/")] == [status] * 2


def test_without_an_active_model_the_try_page_says_so(researcher) -> None:
    text = signed_in(Client(), researcher).get("/models/try/").content.decode()
    assert "No model is active" in text


def test_an_analysis_leads_to_the_evidence_of_its_model(model: ModelVersion) -> None:
    told = model_json(InferenceRun(model_version=model))
    assert told is not None
    assert told["url"] == reverse("models:detail", args=[model.pk])


def facts_of(user, model: ModelVersion) -> dict:
    answer = signed_in(Client(), user).get(f"/api/v1/models/{model.pk}/facts/")
    assert answer.status_code == 200
    return answer.json()


def test_the_facts_beside_a_result_are_those_of_the_checkpoint(model, clinician) -> None:
    told = facts_of(clinician, model)
    assert (told["name"], told["sha256"]) == (model.name, model.sha256)
    assert told["calibrated"] is model.calibrated
    assert any("not for children" in text for text in told["intended_use"])
    assert "held-out patients" in told["tested_on"][0]
    assert told["limits"]
    assert told["scores"]
    assert [row["model_label"] for row in told["findings"]] == model.labels
    evidence = {row.label: row for row in model_evidence(model).findings}
    for row in told["findings"]:
        known = evidence[row["model_label"]]
        assert row["threshold"] == known.threshold
        assert row["boxes_hidden"] == known.boxes_hidden
        assert known.auroc is not None
        assert row["auroc"] == {
            "value": known.auroc.value, "low": known.auroc.low, "high": known.auroc.high,
            "n": known.auroc.n,
        }  # fmt: skip


def test_a_model_without_files_or_card_has_facts_with_gaps(db: None, clinician) -> None:
    calibration = {"data": "400 images of a hospital", "slopes": [], "offsets": []}
    told = facts_of(clinician, make_model(calibrated=True, calibration=calibration))
    assert told["problem"] == "model_missing"
    assert (told["intended_use"], told["limits"], told["overall"]) == ([], [], [])
    assert told["calibrated_on"] == "400 images of a hospital"
    assert [row["auroc"] for row in told["findings"]] == [None] * 3
