"""The gate between models that speak of different findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from annotations.retraining.services.check import check_execute
from annotations.retraining.services.request import check_request
from inference.models import ModelVersion
from inference.networks.checkpoint import save_checkpoint
from inference.services.registry import model_activate, model_add
from tests.annotations.retraining.test_promotion import real_model, record_training
from tests.inference.support import describe, small_network
from tests.support.releases import make_sealed_release

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def vindr_model(folder: Path) -> ModelVersion:
    """One of the same make that speaks of VinDr's findings."""
    network = small_network()
    detector = replace(network.config.detector, labels=("Cardiomegaly", "Nodule/Mass"))
    labels = ("Cardiomegaly", "Nodule/Mass", "ILD")
    network.config = replace(network.config, labels=labels, detector=detector)
    about = replace(describe(network), version="vindr", label_set="vindr14")
    save_checkpoint(network, about, folder)
    return model_add(path=folder)


@pytest.mark.slow
def test_models_of_two_label_sets_are_compared_on_what_both_know(
    department, researcher, tmp_path: Path
) -> None:
    release = make_sealed_release(department, researcher, name="frozen")
    first = model_activate(model=real_model(tmp_path / "first", "1"))
    second = vindr_model(tmp_path / "second")
    record_training(second, make_sealed_release(department, researcher, name="other"), first)
    check = check_request(candidate=second, release=release, actor=researcher)
    check_execute(check_id=check.pk)
    check.refresh_from_db()
    assert (check.state, check.code, check.passed) == ("DONE", "", False)
    found = {(t["measure"], t["finding"], t["group"]): t for t in check.outcome["tests"]}
    heart = found["auroc", "Cardiomegaly", "all"]
    # the same weights under another name: nothing differs
    assert (heart["cases"], heart["difference"], heart["verdict"]) == (20, 0.0, "as good")
    assert found["auroc", "Cardiomegaly", "view: PA"]["verdict"] == "as good"
    assert ("auroc", "Mass", "all") not in found
    assert check.outcome["active_alone"] == ["Mass", "Edema", "boxes of Mass"]
    assert check.outcome["candidate_alone"] == ["Nodule/Mass", "ILD", "boxes of Nodule/Mass"]
    assert "The candidate does not know Mass, Edema, boxes of Mass." in check.outcome["reasons"]
