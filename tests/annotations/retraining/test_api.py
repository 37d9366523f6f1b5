"""The way back to the model for a program: by token, with coded refusals."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from annotations.models import Release
from cxrportal.accounts.models import AccessEvent, User
from inference.models import ModelActivation, PromotionCheck, TrainingRun
from patients.models import Patient
from tests.support.cases import make_model
from tests.support.people import make_user
from tests.support.releases import make_sealed_release
from tests.support.tokens import bearer, make_token

pytestmark = pytest.mark.django_db
TRAININGS = "/api/v1/trainings/"
CHECKS = "/api/v1/promotion-checks/"
EPOCH = {
    "epoch": 1, "loss": 0.7, "classification": 0.7, "detection": None, "validation_loss": 0.69,
    "auroc": 0.61, "ap40": None, "rate": 0.001, "seconds": 2.5,
}  # fmt: skip


@pytest.fixture
def release(department, researcher) -> Release:
    return make_sealed_release(department, researcher)


def program(user: User, *scopes: str) -> Client:
    return Client(headers=bearer(make_token(user, *(scopes or ("write",)))[1]))


def post(client: Client, address: str, **sent: Any):
    return client.post(address, sent, content_type="application/json")


def asked(client: Client, **sent: Any) -> TrainingRun:
    answer = post(client, TRAININGS, **({"release": "tiny@1"} | sent))
    assert answer.status_code == 202, answer.content
    return TrainingRun.objects.get(pk=answer.json()["id"])


def test_a_program_asks_for_a_training_and_follows_it(release, researcher) -> None:
    client = program(researcher)
    base = make_model()
    run = asked(client, base=str(base.pk), epochs=3, seed=11)
    assert (run.base, run.epochs, run.seed, run.requested_by) == (base, 3, 11, researcher)
    assert AccessEvent.objects.latest("id").target_key == str(run.pk)
    said = client.get(f"{TRAININGS}{run.pk}/").json()
    assert (said["state"], said["release"], said["result"]) == ("WAITING", "tiny@1", None)
    assert said["release_sha256"] == release.archive_sha256
    assert said["progress"] == {"phase": "", "epochs": 0, "best_epoch": 0, "rows": []}
    told = {"phase": "training", "epochs": 3, "best_epoch": 1, "rows": [EPOCH]}
    TrainingRun.objects.filter(pk=run.pk).update(state="RUNNING", progress=told)
    said = client.get(f"{TRAININGS}{run.pk}/").json()
    assert (said["state"], said["progress"]) == ("RUNNING", told)
    (listed,) = client.get(TRAININGS).json()["results"]
    assert (listed["id"], listed["name"], listed["version"]) == (str(run.pk), "tiny", "1.1")
    assert "progress" not in listed


def test_it_is_called_off_and_gone_on_with(release, researcher) -> None:
    client = program(researcher)
    address = f"{TRAININGS}{asked(client).pk}/"
    said = post(client, f"{address}cancel/").json()
    assert (said["state"], said["code"]) == ("FAILED", "training_cancelled")
    assert AccessEvent.objects.latest("id").detail == "cancel"
    assert post(client, f"{address}resume/").json()["state"] == "WAITING"
    refused = post(client, f"{address}resume/")
    assert (refused.status_code, refused.json()["code"]) == (409, "training_not_ended")
    TrainingRun.objects.update(state="RUNNING")
    said = post(client, f"{address}cancel/").json()
    assert (said["state"], said["cancelling"]) == ("RUNNING", True)


def test_what_cannot_be_trained_is_refused_with_a_code(
    release, department, other_department, researcher
) -> None:
    client = program(researcher)
    make_sealed_release(department, researcher, name="small", patients=10)
    make_sealed_release(other_department, researcher, name="theirs")
    gone = "00000000-0000-0000-0000-000000000000"
    for sent, status, code in (
        ({"release": "small@1"}, 422, "release_unfit"),
        ({"release": "theirs@1"}, 404, "release_not_found"),
        ({"release": "tiny"}, 404, "release_not_found"),
        ({"release": "tiny@1", "config": "no toml"}, 422, "training_config_refused"),
        ({"release": "tiny@1", "base": gone}, 404, "not_found"),
        ({"release": "tiny@1", "epochs": -1}, 400, "invalid"),
        ({}, 400, "invalid"),
    ):
        answer = post(client, TRAININGS, **sent)
        assert (answer.status_code, answer.json()["code"]) == (status, code), sent
    Patient.objects.filter(pk=release.patients.first().pk).update(research_consent=False)
    assert "withdrawn" in post(client, TRAININGS, release="tiny@1").json()["message"]
    assert not TrainingRun.objects.exists()


def test_others_find_nothing_and_a_reading_token_changes_nothing(
    release, researcher, clinician, other_department
) -> None:
    run = asked(program(researcher))
    address = f"{TRAININGS}{run.pk}/"
    elsewhere = program(make_user("researcher", other_department))
    assert elsewhere.get(address).status_code == 404
    assert elsewhere.get(TRAININGS).json()["results"] == []
    assert post(elsewhere, f"{address}cancel/").status_code == 404
    assert program(clinician).get(TRAININGS).status_code == 403
    reading = program(researcher, "read")
    assert reading.get(address).status_code == 200
    for act in (TRAININGS, f"{address}cancel/"):
        assert post(reading, act, release="tiny@1").status_code == 403
    run.refresh_from_db()
    assert run.state == "WAITING"


def test_trainings_come_in_pages(release, researcher) -> None:
    client = program(researcher)
    runs = [str(asked(client).pk) for _ in range(3)]
    first = client.get(TRAININGS, {"page_size": 2}).json()
    second = client.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == runs[::-1]
    assert second["next"] is None


# --- comparisons ---------------------------------------------------------------------------------
def test_a_comparison_is_asked_for_and_waits(release, researcher, admin) -> None:
    make_model()
    candidate = make_model(stage="candidate")
    for user in (researcher, admin):
        answer = post(
            program(user), CHECKS, candidate=str(candidate.pk), release="tiny@1", margin=0.04
        )
        check = PromotionCheck.objects.get(pk=answer.json()["id"])
        assert (answer.status_code, check.margin, check.requested_by) == (202, 0.04, user)
        said = program(user).get(f"{CHECKS}{check.pk}/").json()
        assert (said["state"], said["passed"], said["outcome"]) == ("WAITING", None, None)
        assert said["progress"] == {"done": 0, "total": 0}
        assert said["proof"]["unproven"] == ["the candidate was not trained in this portal"]


def test_the_outcome_is_told_by_finding_and_subgroup(researcher) -> None:
    test = {
        "measure": "auroc", "finding": "Mass", "group": "all", "cases": 12, "others": 30,
        "active": 0.9, "candidate": 0.7, "difference": -0.2, "low": -0.3, "high": -0.1,
        "p_inferior": 0.0001, "p_as_good": 0.9999, "p_adjusted": 0.0012, "verdict": "inferior",
    }  # fmt: skip
    blank = dict.fromkeys(("low", "high", "p_inferior", "p_as_good", "p_adjusted"))
    few = test | blank | {"group": "sex: female", "verdict": "too few cases"}
    outcome = {
        "images": 60, "patients": 50, "rule": {"margin": 0.05}, "tests": [test, few],
        "reasons": ["AUROC of Mass (all) is inferior."], "passed": False,
    }  # fmt: skip
    check = PromotionCheck.objects.create(
        candidate=make_model(stage="candidate"), active=make_model(), release_name="tiny",
        release_number=1, requested_by=researcher, state="DONE", passed=False, outcome=outcome,
    )  # fmt: skip
    client = program(researcher, "read")
    assert client.get(f"{CHECKS}{check.pk}/").json()["outcome"] == outcome
    (listed,) = client.get(CHECKS).json()["results"]
    assert (listed["passed"], "outcome" in listed) == (False, False)


def test_a_comparison_is_refused_with_a_code(
    release, department, other_department, researcher, admin
) -> None:
    candidate = str(make_model(stage="candidate").pk)
    client = program(researcher)
    answer = post(client, CHECKS, candidate=candidate, release="tiny@1")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_candidate")  # none is active
    make_model()
    make_sealed_release(department, researcher, name="small", patients=10)
    make_sealed_release(other_department, admin, name="theirs")
    for sent, status, code in (
        ({"release": "small@1"}, 422, "release_unfit"),
        ({"release": "theirs@1"}, 404, "release_not_found"),
        ({"release": "tiny@1", "margin": 0.9}, 400, "invalid"),
    ):
        answer = post(client, CHECKS, candidate=candidate, **sent)
        assert (answer.status_code, answer.json()["code"]) == (status, code), sent
    assert not PromotionCheck.objects.exists()
    assert post(program(admin), CHECKS, candidate=candidate, release="theirs@1").status_code == 202


# --- what is not there ---------------------------------------------------------------------------
def test_models_and_their_history_are_told(researcher, admin, clinician) -> None:
    model = make_model(name="first")
    make_model(stage="candidate", name="second")
    ModelActivation.objects.create(model=model, kind="override", actor=admin, reason="No CT here.")
    client = program(researcher, "read")
    assert {row["name"] for row in client.get("/api/v1/models/").json()["results"]} == {
        "first", "second",
    }  # fmt: skip
    (active,) = client.get("/api/v1/models/", {"stage": "active"}).json()["results"]
    assert (active["id"], active["stage"]) == (str(model.pk), "active")
    (row,) = client.get("/api/v1/activations/").json()["results"]
    assert (row["kind"], row["actor"], row["reason"]) == ("override", str(admin), "No CT here.")
    assert program(clinician).get("/api/v1/models/").status_code == 403


def test_no_token_promotes_not_even_an_administrators(admin, researcher) -> None:
    active, candidate = make_model(), make_model(stage="candidate")
    PromotionCheck.objects.create(
        candidate=candidate, active=active, release_name="r", release_number=1, state="DONE",
        passed=True, requested_by=researcher,
    )  # fmt: skip
    client = program(admin)
    for address in (f"/api/v1/models/{candidate.pk}/promote/", "/api/v1/activations/"):
        assert post(client, address).status_code in (404, 405)
    page = f"/retraining/models/{candidate.pk}/promote/"  # which knows no tokens
    assert post(client, page).url.startswith("/accounts/login/")
    candidate.refresh_from_db()
    assert candidate.stage == "candidate"
