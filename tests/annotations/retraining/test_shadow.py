"""A model in shadow looks at new images, and no page, answer, report or release shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from annotations.models import Finding
from annotations.reading.services.proposals import findings_propose
from annotations.releases.sources import predictions_of
from annotations.reports.content import report_content
from annotations.selectors import runs_to_propose
from cxrportal import pipeline
from cxrportal.accounts.permissions import NotAllowed
from cxrportal.dashboard.queue import all_queues
from inference.models import HeatMap, InferenceRun, LungMask, ModelVersion
from inference.selectors import (
    case_is_analysed,
    images_without_run,
    latest_run,
    shadow_runs_to_infer,
)
from inference.services.infer import run_infer
from inference.services.registry import model_add
from inference.services.shadow import ShadowRefused, shadow_runs_ensure, shadow_switch
from tests.support.cases import make_image, make_model, make_readable_case, make_review, make_run
from tests.support.readings import read_case
from tests.support.second_factors import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.services]
TELLTALE, SCORE = "shadow-telltale", 0.98765


@pytest.fixture
def shadow(admin) -> ModelVersion:
    model = make_model(stage="candidate", name=TELLTALE)
    shadow_switch(model=model, actor=admin, on=True)
    model.refresh_from_db()
    return model


def shadow_run(image, model: ModelVersion, **fields) -> InferenceRun:
    """A finished one whose every score gives it away."""
    run = make_run(image, model, shadow=True, **fields)
    run.detections.update(score=SCORE)
    return run


@pytest.fixture
def case(department, shadow):
    case = make_readable_case(department)
    shadow_run(case.images.get(), shadow)
    return case


ADDRESSES = (
    "/api/v1/cases/{case}/reading/",
    "/api/v1/cases/{case}/progress/",
    "/api/v1/cases/{case}/",
    "/api/v1/analyses/",
    "/api/v1/findings/",
    "/api/v1/images/{image}/",
    "/reading/{case}/",
    "/chart/{patient}/",
    "/worklist/",
    "/",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_of_a_reader_shows_it(case, clinician, address: str) -> None:
    url = address.format(case=case.pk, image=case.images.get().pk, patient=case.patient_id)
    answer = signed_in(Client(), clinician).get(url)
    assert answer.status_code == 200
    body = answer.content.decode()
    assert TELLTALE not in body
    assert "0.98765" not in body
    assert "0.99" not in body


def test_its_run_is_not_found_by_its_id(case, clinician, shadow) -> None:
    run = InferenceRun.with_shadow.get(model_version=shadow)
    client = signed_in(Client(), clinician)
    for tail in ("", "heatmaps/", "lungs/"):
        assert client.get(f"/api/v1/analyses/{run.pk}/{tail}").status_code == 404
    assert client.post(f"/api/v1/analyses/{run.pk}/retry/").status_code in (403, 404)


def test_managers_and_relations_leave_it_out(case, shadow) -> None:
    image = case.images.get()
    assert InferenceRun.objects.count() == 1
    assert InferenceRun.with_shadow.count() == 2
    assert image.runs.get().model_version != shadow
    assert latest_run(image).model_version != shadow
    assert not shadow.runs.exists()
    assert InferenceRun.with_shadow.shown().get() == image.runs.get()


def test_it_proposes_nothing(case) -> None:
    before = Finding.objects.count()
    assert not runs_to_propose(None).exists()
    with pytest.raises(InferenceRun.DoesNotExist):
        findings_propose(run_id=InferenceRun.with_shadow.get(shadow=True).pk)
    assert Finding.objects.count() == before


def test_reports_and_releases_do_not_know_it(case, clinician) -> None:
    content = report_content(make_review(case, clinician), signed_at=None)
    assert TELLTALE not in content.to_json()
    assert SCORE not in [found.score for found in predictions_of(case.images.get(), [])]


def test_it_neither_holds_a_case_up_nor_counts_as_its_analysis(department, shadow) -> None:
    case = make_readable_case(department)
    shadow_run(case.images.get(), shadow, state="RUNNING")
    assert case_is_analysed(case)
    alone = make_image(case)
    shadow_run(alone, shadow)
    assert list(images_without_run(case.pk)) == [alone]


def test_its_failure_is_no_failure_of_the_case(department, clinician, shadow) -> None:
    case = make_readable_case(department)
    shadow_run(case.images.get(), shadow, state="FAILED", code="analysis_failed")
    assert all_queues()[1].failed == 0
    page = signed_in(Client(), clinician).get("/worklist/?failed=1").content.decode()
    assert str(case.pk) not in page or "failed" not in page.split(str(case.pk))[1][:400]


def test_new_images_get_a_run_once_the_shown_model_has_read_them(department, shadow) -> None:
    case = make_readable_case(department)
    waiting = make_run(make_image(case), state="WAITING", finished_at=None)
    shadow_runs_ensure()
    shadow_runs_ensure()  # again: nothing more
    made = InferenceRun.with_shadow.get(shadow=True)
    assert made.image == case.images.exclude(pk=waiting.image_id).get()
    assert not shadow_runs_to_infer(None).exists()  # a shown run waits: it goes first
    InferenceRun.objects.filter(pk=waiting.pk).update(state="DONE", finished_at=timezone.now())
    assert shadow_runs_to_infer(None).get() == made
    assert not shadow_runs_to_infer(case.pk).exists()


def test_images_from_before_are_left_alone(department, admin) -> None:
    make_readable_case(department)
    model = make_model(stage="candidate")
    shadow_switch(model=model, actor=admin, on=True)
    shadow_runs_ensure()
    assert not InferenceRun.with_shadow.filter(shadow=True).exists()


def test_the_sweep_sends_two_at_a_time_and_marks_them(department, shadow) -> None:
    case = make_readable_case(department)
    for _ in range(3):
        make_run(make_image(case), proposed_at=timezone.now())
    pipeline.sweep()
    nudged = InferenceRun.with_shadow.filter(shadow=True, nudged_at__isnull=False)
    assert nudged.count() == 2
    assert InferenceRun.with_shadow.filter(shadow=True).count() == 4


def test_switching_off_forgets_what_waits_and_keeps_what_was_seen(case, shadow, admin) -> None:
    shadow_run(make_image(case), shadow, state="WAITING", finished_at=None)
    shadow_switch(model=shadow, actor=admin, on=False)
    shadow.refresh_from_db()
    assert (shadow.shadow, shadow.shadow_since) == (False, None)
    assert InferenceRun.with_shadow.filter(shadow=True).get().state == "DONE"


def test_only_an_administrator_switches_and_only_a_candidate(researcher, admin, shadow) -> None:
    with pytest.raises(NotAllowed):
        shadow_switch(model=shadow, actor=researcher, on=False)
    with pytest.raises(ShadowRefused):
        shadow_switch(model=make_model(), actor=admin, on=True)


def test_every_join_on_runs_says_that_it_means_shown_ones() -> None:
    """The default manager does not filter joins: whoever writes one has to."""
    loose = []
    for app in ("annotations", "cases", "cxrportal", "inference", "patients"):
        for path in Path(settings.BASE_DIR, app).rglob("*.py"):
            for line in path.read_text(encoding="utf-8").splitlines():
                if re.search(r"\bruns__(?!shadow)", line) and "runs__shadow" not in line:
                    loose.append(f"{path.name}: {line.strip()}")
    assert loose == []


def test_a_shadow_run_stores_scores_alone_and_moves_nothing(department, clinician, admin) -> None:
    case = read_case(department, clinician)
    case.refresh_from_db()
    before = case.status
    shadow = model_add()
    shadow_switch(model=shadow, actor=admin, on=True)
    InferenceRun.objects.update(finished_at=timezone.now())
    shadow_runs_ensure()
    run = shadow_runs_to_infer(None).get()
    run_infer(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.code, run.shadow) == ("DONE", "", True)
    assert run.detections.filter(x_min=None).count() == 14
    assert not HeatMap.objects.filter(run=run).exists()
    assert not LungMask.objects.filter(run=run).exists()
    case.refresh_from_db()
    assert case.status == before
    run_infer(run_id=run.pk)  # a redelivered task changes nothing
    assert InferenceRun.with_shadow.get(pk=run.pk).attempts == 1
