"""The researcher's pages of training: start, refusals, progress, who is let in."""

from __future__ import annotations

import pytest
from django.test import Client

from annotations.models import Release
from cxrportal.accounts.models import AccessEvent
from inference.models import PromotionCheck, TrainingRun
from tests.support.cases import make_model
from tests.support.people import make_user
from tests.support.releases import make_sealed_release
from tests.support.second_factors import signed_in

pytestmark = pytest.mark.django_db
URL = "/retraining/"


@pytest.fixture
def release(department, researcher) -> Release:
    return make_sealed_release(department, researcher)


@pytest.fixture
def client(researcher) -> Client:
    return signed_in(Client(), researcher)


def start(client: Client, release: Release, **fields):
    return client.post(URL, {"release": release.pk, "seed": 7, **fields})


def test_a_training_is_started_and_written_to_the_audit(client, release, researcher) -> None:
    base = make_model()
    answer = start(client, release, base=base.pk, epochs=3)
    run = TrainingRun.objects.get()
    assert answer.url == f"{URL}{run.pk}/"
    assert (run.base, run.epochs, run.seed, run.state) == (base, 3, 7, "WAITING")
    assert AccessEvent.objects.latest("id").target_key == str(run.pk)
    page = client.get(answer.url).content.decode()
    assert "tiny@1" in page
    assert "Cancel" in page
    assert str(run) in client.get(URL).content.decode()


def test_a_refusal_is_said_on_the_form(client, department, researcher) -> None:
    small = make_sealed_release(department, researcher, name="small", patients=10)
    answer = start(client, small)
    assert answer.status_code == 422
    assert "6 patients; 20 are needed" in answer.content.decode()
    assert start(client, small, config="no toml").status_code == 422
    assert not TrainingRun.objects.exists()


def test_a_broken_configuration_is_refused_with_its_code(client, release) -> None:
    answer = start(client, release, config="no toml")
    assert answer.status_code == 422
    assert "training_config_refused" in answer.content.decode()


def test_only_sealed_releases_of_ones_own_departments_are_offered(
    client, release, other_department
) -> None:
    theirs = make_sealed_release(
        other_department, make_user("researcher", other_department), name="theirs"
    )
    page = client.get(URL).content.decode()
    assert "tiny@1" in page
    assert "theirs@1" not in page
    assert start(client, theirs).status_code == 400
    Release.objects.filter(pk=release.pk).update(state="RUNNING")
    assert "tiny@1" not in client.get(URL).content.decode()


def test_progress_is_json_with_every_key_from_the_start(client, release) -> None:
    start(client, release)
    run = TrainingRun.objects.get()
    answer = client.get(f"{URL}{run.pk}/progress/").json()
    assert answer == {
        "state": "WAITING",
        "code": "",
        "message": "",
        "cancelling": False,
        "progress": {"phase": "", "epochs": 0, "best_epoch": 0, "rows": []},
    }


def test_cancel_and_resume_by_their_buttons(client, release) -> None:
    start(client, release)
    run = TrainingRun.objects.get()
    client.post(f"{URL}{run.pk}/cancel/")
    run.refresh_from_db()
    assert (run.state, run.code) == ("FAILED", "training_cancelled")
    assert "Resume" in client.get(f"{URL}{run.pk}/").content.decode()
    client.post(f"{URL}{run.pk}/resume/")
    run.refresh_from_db()
    assert run.state == "WAITING"
    page = client.post(f"{URL}{run.pk}/resume/", follow=True).content.decode()
    assert "training_not_ended" in page


def test_a_researcher_elsewhere_finds_nothing(client, release, other_department) -> None:
    start(client, release)
    run = TrainingRun.objects.get()
    stranger = signed_in(Client(), make_user("researcher", other_department))
    for path in ("", "progress/"):
        assert stranger.get(f"{URL}{run.pk}/{path}").status_code == 404
    assert stranger.post(f"{URL}{run.pk}/cancel/").status_code == 404


def test_a_comparison_is_asked_for_and_its_page_waits(client, release, researcher) -> None:
    make_model()
    candidate = make_model(stage="candidate")
    url = f"/retraining/models/{candidate.pk}/"
    answer = client.post(url, {"release": "tiny@1", "margin": "0.04"})
    check = PromotionCheck.objects.get()
    assert answer.url == f"/retraining/checks/{check.pk}/"
    assert (check.margin, check.release, check.requested_by) == (0.04, "tiny@1", researcher)
    page = client.get(answer.url).content.decode()
    assert "Waiting for the training worker" in page
    assert "Not proven" in page
    progress = client.get(f"{answer.url}progress/").json()
    assert progress == {"state": "WAITING", "progress": {"done": 0, "total": 0}}
    assert client.post(url, {"release": "none@1", "margin": "0.04"}).status_code == 400
    assert client.post(url, {"release": "tiny@1", "margin": "0.9"}).status_code == 400


def test_only_an_administrator_decides(client, release) -> None:
    model = make_model(stage="candidate")
    for act in ("promote", "rollback", "shadow-on", "shadow-off"):
        assert client.post(f"/retraining/models/{model.pk}/{act}/").status_code == 404
    model.refresh_from_db()
    assert (model.stage, model.shadow) == ("candidate", False)


def test_an_outcome_is_shown_with_its_reasons_and_numbers(client, researcher) -> None:
    test = {
        "measure": "auroc", "finding": "Mass", "group": "all", "cases": 12, "others": 30,
        "active": 0.9, "candidate": 0.7, "difference": -0.2, "low": -0.3, "high": -0.1,
        "p_inferior": 0.0001, "p_as_good": 0.9999, "p_adjusted": 0.0012, "verdict": "inferior",
    }  # fmt: skip
    few = test | {
        "group": "sex: female", "finding": "all findings", "verdict": "too few cases",
        "low": None, "high": None, "p_adjusted": None, "p_as_good": None, "difference": None,
    }  # fmt: skip
    check = PromotionCheck.objects.create(
        candidate=make_model(stage="candidate"),
        active=make_model(),
        release_name="tiny",
        release_number=1,
        requested_by=researcher,
        state="DONE",
        passed=False,
        proof={"unproven": [], "trained_on": ["other@1"], "outside": ["shipped 1.0"]},
        outcome={
            "images": 60, "patients": 50, "tests": [test, few],
            "reasons": ["AUROC of Mass (all) is inferior."],
            "candidate_alone": ["Hernia"],
        },
    )  # fmt: skip
    page = client.get(f"/retraining/checks/{check.pk}/").content.decode()
    for words in (
        "AUROC of Mass (all) is inferior.", "60 images of 50 patients", "-0.300 to -0.100",
        "0.0012", "too few cases", "By sex", ">female</th>",
            "The candidate alone knows Hernia.", "No patient and no picture", "shipped 1.0",
    ):  # fmt: skip
        assert words in page, words
