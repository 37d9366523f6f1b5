"""A training on a sealed release: to a candidate, called off, gone on with, refused."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotations.models import Release
from annotations.retraining.errors import ReleaseNotFound, ReleaseUnfit, TrainingNotEnded
from annotations.retraining.selectors import release_named, trainings_to_run
from annotations.retraining.services.request import (
    Wanted,
    training_cancel,
    training_request,
    training_resume,
)
from annotations.retraining.services.unpack import release_unpack
from cxrportal.accounts.permissions import NotAllowed
from cxrportal.common.leases import LeaseLost
from inference.evaluation.drift import read_reference
from inference.models import ModelVersion, TrainingRun
from inference.services.registry import model_folder, model_verify
from inference.services.training import Attempt, folder_of, folders_tidy, training_execute
from inference.training.errors import ConfigRefused
from patients.models import Patient
from tests.support.cases import make_model
from tests.support.people import make_user
from tests.support.releases import make_sealed_release

pytestmark = [pytest.mark.django_db, pytest.mark.services]

TINY = """
name = "x"
version = "0"
size_px = 64
[data]
kind = "release"
label_set = "chestxray14"
blank = "negative"
[optim]
epochs = 2
batch_images = 8
"""


@pytest.fixture
def release(department, researcher) -> Release:
    return make_sealed_release(department, researcher)


def ask(release: Release, researcher, **wanted) -> TrainingRun:
    return training_request(
        release=release, actor=researcher, wanted=Wanted(**({"config": TINY} | wanted))
    )


def execute(run: TrainingRun) -> TrainingRun:
    training_execute(run_id=run.pk, unpack=release_unpack)
    run.refresh_from_db()
    return run


@pytest.mark.slow
def test_a_training_ends_in_a_candidate_with_its_report_and_nothing_else_left(
    release, researcher
) -> None:
    run = execute(ask(release, researcher))
    assert (run.state, run.code, run.message) == ("DONE", "", "")
    model = run.result
    assert (model.name, model.version, model.stage) == ("tiny", "1.1", "candidate")
    assert model_verify(model=model) == ""
    assert "macro_auroc" in model.metrics
    assert "release tiny 1" in model.card
    folder = model_folder(model)
    assert {"metrics.json", "facts.json", "split.csv"} <= {p.name for p in folder.iterdir()}
    reference = read_reference(folder)
    assert reference.images == sum(reference.counts["Cardiomegaly"]) == 8
    assert [row["epoch"] for row in run.progress["rows"]] == [1, 2]
    assert run.progress["epochs"] == 2
    assert not folder_of(run).exists()
    assert ModelVersion.objects.filter(stage="active").count() == 0
    attempts = run.attempts
    assert execute(run).attempts == attempts  # a redelivered task changes nothing


@pytest.mark.slow
def test_a_cancelled_training_keeps_what_resuming_needs_and_goes_on(release, researcher) -> None:
    run = ask(release, researcher)

    def unpack_and_cancel(work: TrainingRun, folder: Path) -> None:
        release_unpack(work, folder)
        training_cancel(run=work)

    training_execute(run_id=run.pk, unpack=unpack_and_cancel)
    run.refresh_from_db()
    assert (run.state, run.code) == ("FAILED", "training_cancelled")
    assert "config.toml" in {path.name for path in folder_of(run).iterdir()}
    assert not (folder_of(run) / "release").exists()
    training_resume(run=run)
    run.refresh_from_db()
    assert (run.state, run.code, run.cancel_requested) == ("WAITING", "", False)
    # its worker is killed: the lease runs out, the sweep sends it again
    TrainingRun.objects.filter(pk=run.pk).update(
        state="RUNNING", attempts=1, lease_until="2026-01-01T00:00:00Z"
    )
    assert trainings_to_run(None).get() == run
    assert execute(run).state == "DONE"


def test_a_waiting_training_is_cancelled_at_once(release, researcher) -> None:
    run = ask(release, researcher)
    training_cancel(run=run)
    run.refresh_from_db()
    assert (run.state, run.code) == ("FAILED", "training_cancelled")
    assert execute(run).attempts == 0
    training_cancel(run=run)  # again: nothing to call off
    run.refresh_from_db()
    assert not run.cancel_requested


def test_only_what_failed_is_resumed(release, researcher) -> None:
    with pytest.raises(TrainingNotEnded):
        training_resume(run=ask(release, researcher))


def test_what_the_process_refuses_is_told_with_its_code(release, researcher) -> None:
    config = TINY.replace("[optim]", '[model]\nbackbone = "none_such"\n[optim]')
    run = execute(ask(release, researcher, config=config))
    assert run.state == "FAILED"
    assert run.code == "architecture_unknown"
    assert not (folder_of(run) / "release").exists()
    shutil.rmtree(folder_of(run))


def test_another_archive_than_the_sealed_one_is_refused(release, researcher) -> None:
    run = ask(release, researcher)
    TrainingRun.objects.filter(pk=run.pk).update(release_sha256="0" * 64)
    run = execute(run)
    assert (run.state, run.code) == ("FAILED", "release_unfit")
    assert "not the one that was sealed" in run.message


def test_a_consent_withdrawn_before_it_begins_ends_a_training(release, researcher) -> None:
    run = ask(release, researcher)
    Patient.objects.filter(releases=release).update(research_consent=False)
    assert execute(run).code == "consent_withdrawn"
    with pytest.raises(ReleaseUnfit, match="withdrawn"):
        training_resume(run=run)


@pytest.mark.parametrize("state", ["WAITING", "RUNNING", "FAILED"])
def test_an_unsealed_release_is_refused(release, researcher, state: str) -> None:
    Release.objects.filter(pk=release.pk).update(state=state)
    release.refresh_from_db()
    with pytest.raises(ReleaseUnfit, match="not sealed"):
        ask(release, researcher)


def test_a_small_release_is_refused_with_every_reason(department, researcher) -> None:
    small = make_sealed_release(department, researcher, name="small", patients=10)
    with pytest.raises(ReleaseUnfit) as refused:
        ask(small, researcher)
    assert "The train part of small@1 has 6 patients; 20 are needed." in refused.value.message
    assert "The test part of small@1 has 2 patients; 5 are needed." in refused.value.message


def test_a_withdrawn_release_is_refused(release, researcher) -> None:
    Patient.objects.filter(pk=release.patients.first().pk).update(research_consent=False)
    with pytest.raises(ReleaseUnfit, match="withdrawn the consent"):
        ask(release, researcher)


@pytest.mark.parametrize("config", ["no toml", 'name = "x"', TINY.replace('"release"', '"coco"')])
def test_a_configuration_that_is_none_is_refused(release, researcher, config: str) -> None:
    with pytest.raises(ConfigRefused):
        ask(release, researcher, config=config)


def test_only_a_researcher_of_every_department_may_train(
    release, clinician, admin, other_department
) -> None:
    for person in (clinician, admin):
        with pytest.raises(NotAllowed):
            ask(release, person)


def test_who_cannot_see_the_release_cannot_see_its_training(
    release, researcher, other_department
) -> None:
    run = ask(release, researcher)
    elsewhere = make_user("researcher", other_department)
    assert list(TrainingRun.objects.visible_to(researcher)) == [run]
    assert not TrainingRun.objects.visible_to(elsewhere).exists()


def test_versions_of_one_release_are_counted(release, researcher) -> None:
    assert [ask(release, researcher).version for _ in range(2)] == ["1.1", "1.2"]


def test_a_release_is_named_with_its_number(release) -> None:
    assert release_named("tiny@1") == release
    for wrong in ("tiny", "tiny@2", "tiny@x", ""):
        with pytest.raises(ReleaseNotFound):
            release_named(wrong)


def test_the_command_asks_and_refuses(release, researcher, capsys) -> None:
    call_command("retrain", "--release", "tiny@1", "--seed", "3", "--epochs", "2")
    assert capsys.readouterr().out.endswith("waiting\n")
    run = TrainingRun.objects.get()
    assert (run.seed, run.epochs, run.requested_by) == (3, 2, researcher)
    with pytest.raises(CommandError, match="release_not_found"):
        call_command("retrain", "--release", "tiny@9")
    with pytest.raises(CommandError, match="model_not_found"):
        call_command("retrain", "--release", "tiny@1", "--base", "none-such")


def test_attempts_count_until_an_epoch_more_is_done(release, researcher) -> None:
    run = ask(release, researcher)
    token = TrainingRun.objects.claim(run.pk)
    TrainingRun.objects.filter(pk=run.pk).update(attempts=3, progress={"rows": [{"epoch": 1}]})
    run.refresh_from_db()
    attempt = Attempt(run, token, Event())
    attempt({"rows": [{"epoch": 1}]})
    attempt({"rows": [{"epoch": 1}], "phase": "evaluating"})
    run.refresh_from_db()
    assert (run.attempts, run.progress["phase"]) == (3, "evaluating")
    attempt({"rows": [{"epoch": 1}, {"epoch": 2}]})
    run.refresh_from_db()
    assert run.attempts == 1


def test_a_lost_lease_ends_the_attempt(release, researcher) -> None:
    run = ask(release, researcher)
    lost = Event()
    lost.set()
    with pytest.raises(LeaseLost):
        Attempt(run, TrainingRun.objects.claim(run.pk), lost)({})


def test_only_folders_that_somebody_may_need_stay(release, researcher, settings, tmp_path) -> None:
    settings.TRAINING_DIR = tmp_path
    waiting, done, old, fresh = (ask(release, researcher) for _ in range(4))
    old_date = timezone.now() - timedelta(days=15)
    rows = TrainingRun.objects
    rows.filter(pk=done.pk).update(state="DONE", result=make_model(stage="candidate"))
    rows.filter(pk=old.pk).update(state="FAILED", finished_at=old_date)
    rows.filter(pk=fresh.pk).update(state="FAILED", finished_at=timezone.now())
    for name in (*(str(run.pk) for run in (waiting, done, old, fresh)), "stray", "check-1"):
        (tmp_path / name).mkdir()
    folders_tidy(but=waiting)
    assert {path.name for path in tmp_path.iterdir()} == {
        str(waiting.pk), str(fresh.pk), "check-1",
    }  # fmt: skip
