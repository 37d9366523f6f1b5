"""The gate before promotion: who is compared on what, what it says, and who decides."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from annotations.models import Release
from annotations.retraining.errors import NotACandidate, PatientsOverlap, ReleaseUnfit
from annotations.retraining.selectors import disjointness
from annotations.retraining.services.check import check_execute
from annotations.retraining.services.request import check_request
from cxrportal.accounts.models import AccessEvent, User
from cxrportal.accounts.permissions import NotAllowed
from inference.models import ModelActivation, ModelVersion, PromotionCheck, TrainingRun
from inference.networks.checkpoint import save_checkpoint
from inference.selectors import active_model
from inference.services.promotion import (
    NothingToRollBack,
    PromotionRefused,
    model_promote,
    model_rollback,
)
from inference.services.registry import ActiveChanged, Decision, model_activate, model_add
from patients.models import Patient
from tests.inference.support import describe, small_network
from tests.support.cases import make_model
from tests.support.releases import make_sealed_release
from tests.support.second_factors import just_proven, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def release(department, researcher) -> Release:
    return make_sealed_release(department, researcher, name="frozen")


@pytest.fixture
def active(db) -> ModelVersion:
    return make_model(name="active")


def trained_on(release: Release, base: ModelVersion | None = None, **fields) -> ModelVersion:
    """A candidate that a training of this portal made from ``release``."""
    candidate = make_model(stage="candidate", name="candidate", **fields)
    record_training(candidate, release, base)
    return candidate


def record_training(candidate, release: Release, base: ModelVersion | None = None) -> None:
    TrainingRun.objects.create(
        release_name=release.name,
        release_number=release.number,
        release_sha256=release.archive_sha256,
        release_key=release.archive_key,
        base=base,
        name=candidate.name,
        version=candidate.version,
        state="DONE",
        result=candidate,
        requested_by=release.created_by,
    )


def ended(candidate, active, *, passed: bool, **fields) -> PromotionCheck:
    defaults = {
        "state": "DONE",
        "passed": passed,
        "outcome": {"reasons": [] if passed else ["AUROC of Mass (all) is inferior: -0.200."]},
        "release_name": "frozen",
        "release_number": 1,
        "requested_by": User.objects.order_by("date_joined").first(),
    }
    return PromotionCheck.objects.create(candidate=candidate, active=active, **(defaults | fields))


# --- overlap -------------------------------------------------------------------------------------
def test_a_candidate_is_not_judged_on_patients_who_trained_it(release, active, researcher) -> None:
    candidate = trained_on(release)
    with pytest.raises(PatientsOverlap, match="shares 40 patients and 40 pictures"):
        check_request(candidate=candidate, release=release, actor=researcher)
    assert not PromotionCheck.objects.exists()


def test_one_patient_in_both_is_enough(release, active, department, researcher) -> None:
    other = make_sealed_release(department, researcher, name="other")
    other.patients.add(release.patients.first())
    with pytest.raises(PatientsOverlap, match="shares 1 patients and 0 pictures"):
        check_request(candidate=trained_on(other), release=release, actor=researcher)


def test_merged_patients_are_one(release, active, department, researcher) -> None:
    other = make_sealed_release(department, researcher, name="other")
    kept = release.patients.first()
    Patient.objects.filter(pk=other.patients.first().pk).update(merged_into=kept)
    assert disjointness(trained_on(other), release).patients == 1


def test_the_same_picture_under_another_patient_is_found(
    release, active, department, researcher
) -> None:
    again = make_sealed_release(department, researcher, name="again")
    Release.objects.filter(pk=again.pk).update(manifest=release.manifest)
    proof = disjointness(trained_on(again), release)
    assert (proof.patients, proof.pictures) == (0, 40)


def test_the_releases_of_its_base_count_too(release, active, department, researcher) -> None:
    other = make_sealed_release(department, researcher, name="other")
    base = trained_on(release)
    candidate = trained_on(other, base=base)
    proof = disjointness(candidate, release)
    assert proof.trained_on == ("other@1", "frozen@1")
    assert proof.patients == 40


def test_a_base_from_outside_is_named(release, active, department, researcher) -> None:
    other = make_sealed_release(department, researcher, name="other")
    proof = disjointness(trained_on(other, base=active), release)
    assert (proof.patients, proof.pictures, proof.unproven) == (0, 0, ())
    assert proof.outside == (str(active),)


def test_what_is_not_recorded_is_not_proven(release, active, department, researcher) -> None:
    stranger = make_model(stage="candidate")
    assert disjointness(stranger, release).unproven == (
        "the candidate was not trained in this portal",
    )
    other = make_sealed_release(department, researcher, name="other")
    candidate = trained_on(other)
    other.patients.clear()
    assert disjointness(candidate, release).unproven == ("who is in other@1 is not recorded",)


# --- asking --------------------------------------------------------------------------------------
def test_only_who_works_on_models_asks(release, active, clinician) -> None:
    with pytest.raises(NotAllowed):
        check_request(candidate=make_model(stage="candidate"), release=release, actor=clinician)


def test_the_active_model_is_no_candidate_and_without_one_nothing_is_compared(
    release, researcher
) -> None:
    candidate = make_model(stage="candidate")
    with pytest.raises(NotACandidate):
        check_request(candidate=candidate, release=release, actor=researcher)
    active = make_model()
    with pytest.raises(NotACandidate):
        check_request(candidate=active, release=release, actor=researcher)


def test_a_small_unsealed_or_withdrawn_release_is_refused(
    release, active, department, researcher
) -> None:
    candidate = make_model(stage="candidate")
    small = make_sealed_release(department, researcher, name="small", patients=10)
    with pytest.raises(ReleaseUnfit, match="10 patients; 20 are needed"):
        check_request(candidate=candidate, release=small, actor=researcher)
    Patient.objects.filter(pk=release.patients.first().pk).update(research_consent=False)
    with pytest.raises(ReleaseUnfit, match="withdrawn"):
        check_request(candidate=candidate, release=release, actor=researcher)


# --- comparing -----------------------------------------------------------------------------------
def real_model(folder: Path, version: str) -> ModelVersion:
    network = small_network()
    about = describe(network)
    object.__setattr__(about, "version", version)
    save_checkpoint(network, about, folder)
    return model_add(path=folder)


@pytest.mark.slow
def test_a_candidate_as_good_passes_is_promoted_and_rolled_back(
    release, department, researcher, admin, tmp_path: Path
) -> None:
    first = model_activate(model=real_model(tmp_path / "first", "1"))
    second = real_model(tmp_path / "second", "2")
    record_training(second, make_sealed_release(department, researcher, name="other"), first)
    check = check_request(candidate=second, release=release, actor=researcher)
    check_execute(check_id=check.pk)
    check.refresh_from_db()
    assert (check.state, check.code, check.passed) == ("DONE", "", True), check.outcome
    found = {(t["measure"], t["finding"], t["group"]): t for t in check.outcome["tests"]}
    heart = found["auroc", "Cardiomegaly", "all"]
    assert (heart["cases"], heart["others"], heart["verdict"]) == (20, 20, "as good")
    assert found["auroc", "Mass", "all"]["verdict"] == "too few cases"
    attempts = check.attempts
    check_execute(check_id=check.pk)  # a redelivered task changes nothing
    check.refresh_from_db()
    assert check.attempts == attempts
    with pytest.raises(NotAllowed):
        model_promote(model=second, actor=researcher)
    model_promote(model=second, actor=admin)
    assert active_model() == second
    row = ModelActivation.objects.first()
    assert (row.kind, row.previous, row.check_row, row.actor) == ("promoted", first, check, admin)
    with pytest.raises(NotAllowed):
        model_rollback(actor=researcher)
    model_rollback(actor=admin)
    assert active_model() == first
    assert ModelActivation.objects.first().kind == "rollback"
    with pytest.raises(NothingToRollBack):
        model_rollback(actor=admin)


def test_files_that_are_gone_fail_the_comparison_with_a_code(release, active, researcher) -> None:
    check = check_request(
        candidate=make_model(stage="candidate"), release=release, actor=researcher
    )
    check_execute(check_id=check.pk)
    check.refresh_from_db()
    assert (check.state, check.code, check.passed) == ("FAILED", "model_missing", None)


# --- deciding ------------------------------------------------------------------------------------
@pytest.fixture
def pair(tmp_path: Path, researcher) -> tuple[ModelVersion, ModelVersion]:
    first = model_activate(model=real_model(tmp_path / "first", "1"))
    return first, real_model(tmp_path / "second", "2")


def test_without_a_comparison_nothing_is_promoted(pair, admin) -> None:
    with pytest.raises(PromotionRefused, match="was not compared"):
        model_promote(model=pair[1], actor=admin, reason="because I say so")


def test_a_failed_gate_refuses_with_its_reasons(pair, admin) -> None:
    ended(pair[1], pair[0], passed=False)
    with pytest.raises(PromotionRefused, match="AUROC of Mass"):
        model_promote(model=pair[1], actor=admin)
    with pytest.raises(PromotionRefused, match="at least 10 characters"):
        model_promote(model=pair[1], actor=admin, reason="why not")
    assert active_model() == pair[0]


def test_an_override_is_written_down(pair, admin) -> None:
    check = ended(pair[1], pair[0], passed=False)
    client = just_proven(Client(), admin)
    url = f"/retraining/models/{pair[1].pk}/promote/"
    client.post(url, {"reason": "Mass is read by the CT service here."})
    row = ModelActivation.objects.first()
    assert (row.kind, row.check_row, row.actor) == ("override", check, admin)
    assert row.reason == "Mass is read by the CT service here."
    event = AccessEvent.objects.filter(verb="administer").latest("id")
    assert event.detail == "promote: Mass is read by the CT service here."
    page = client.get(f"/retraining/models/{pair[1].pk}/").content.decode()
    assert "Against the gate" in page
    assert "Roll back to small 1" in page


def test_the_latest_comparison_counts_and_only_with_the_active_model(pair, admin) -> None:
    ended(pair[1], pair[0], passed=True)
    ended(pair[1], pair[0], passed=False)
    with pytest.raises(PromotionRefused, match="AUROC of Mass"):
        model_promote(model=pair[1], actor=admin)
    ended(pair[1], make_model(stage="retired"), passed=True)
    with pytest.raises(PromotionRefused, match="AUROC of Mass"):
        model_promote(model=pair[1], actor=admin)


def test_a_model_that_became_active_meanwhile_stops_a_promotion(pair, admin) -> None:
    check = ended(pair[1], make_model(stage="retired"), passed=True)
    with pytest.raises(ActiveChanged):
        model_activate(model=pair[1], decision=Decision("promoted", admin, check))
    assert active_model() == pair[0]


def test_the_first_model_needs_no_comparison(tmp_path: Path, admin) -> None:
    model = model_promote(model=real_model(tmp_path / "m", "1"), actor=admin)
    assert (model.stage, ModelActivation.objects.get().kind) == ("active", "first")


def test_a_promotion_ends_the_shadow(pair, admin) -> None:
    ModelVersion.objects.filter(pk=pair[1].pk).update(shadow=True, shadow_since=timezone.now())
    ended(pair[1], pair[0], passed=True)
    assert not model_promote(model=pair[1], actor=admin).shadow


def test_the_admin_action_goes_through_the_gate(pair, admin) -> None:
    answer = just_proven(Client(), admin).post(
        "/admin/inference/modelversion/",
        {"action": "activate", "_selected_action": [str(pair[1].pk)]},
        follow=True,
    )
    assert "was not compared" in answer.content.decode()
    assert active_model() == pair[0]


def test_the_page_offers_a_decision_to_administrators_alone(pair, researcher, admin) -> None:
    ended(pair[1], pair[0], passed=True)
    url = f"/retraining/models/{pair[1].pk}/"
    assert "Promote: make it" in signed_in(Client(), admin).get(url).content.decode()
    assert "Promote: make it" not in signed_in(Client(), researcher).get(url).content.decode()
