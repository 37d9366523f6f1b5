"""Volume, failures, overrides and drift of a model version, counted by hand."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from annotations.models import Finding, Review, SignedReport
from annotations.monitoring.figures import BOTTOM, HEIGHT, bars_of, columns_of
from annotations.monitoring.selectors import (
    LEAST_SCORES,
    departments_of,
    drifts,
    grouped,
    summed,
    tallies,
)
from annotations.monitoring.shadow import compare_shadow
from inference.evaluation.drift import BINS, Reference, write_reference
from inference.models import InferenceRun, ModelVersion
from tests.support.cases import (
    make_case,
    make_image,
    make_model,
    make_readable_case,
    make_review,
    make_run,
)
from tests.support.second_factors import signed_in

pytestmark = pytest.mark.django_db
MARCH, APRIL = datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC)


@pytest.fixture
def model(db) -> ModelVersion:
    return make_model(name="watched")


def sign(case, reader, decisions: dict[str, str], version: int = 1, supersedes=None):
    """A valid report of a review with these decisions on the case's proposals, by label."""
    now = timezone.now()
    review = make_review(case, reader, state=Review.State.COMPLETED, completed_at=now)
    for proposal in Finding.objects.proposed().filter(case=case):
        if proposal.label in decisions:
            Finding.objects.create(
                case=case, image=proposal.image, review=review, proposal=proposal,
                decision=decisions[proposal.label], label=proposal.label,
            )  # fmt: skip
    return SignedReport.objects.create(
        case=case, review=review, version=version, content={}, content_sha256="0" * 64,
        pdf_key="x", pdf_sha256="0" * 64, signed_by=reader, signed_at=now, supersedes=supersedes,
    )  # fmt: skip


def test_volume_failures_and_overrides_by_month_and_department(
    model, department, other_department, clinician, researcher, admin
) -> None:
    first = make_readable_case(department)
    InferenceRun.objects.update(finished_at=MARCH)
    make_run(make_image(first), model, state="FAILED", finished_at=APRIL)
    make_run(make_image(make_case(other_department)), model, finished_at=APRIL)
    make_run(make_image(first), model, state="WAITING", finished_at=None)
    sign(first, clinician, {"cardiomegaly": "REJECTED", "effusion": "ACCEPTED"})
    found = tallies(model, departments_of(admin))
    assert {key: (t.done, t.failed) for key, t in found.items()} == {
        ("2026-04", other_department.name): (1, 0),
        ("2026-04", department.name): (0, 1),
        ("2026-03", department.name): (1, 0),
    }
    march = found["2026-03", department.name]
    assert (march.accepted, march.corrected, march.rejected) == (1, 0, 1)
    assert march.override_rate == 0.5
    total = summed(found.values())
    assert (total.volume, total.failed) == (3, 1)
    assert total.failure_rate == pytest.approx(1 / 3)
    assert grouped(found, 0)["2026-04"].volume == 2
    assert grouped(found, 1)[department.name].volume == 2
    mine = tallies(model, departments_of(researcher))
    assert {department for _, department in mine} == {department.name}


def test_an_amended_report_counts_once_and_an_unsigned_read_not_at_all(
    model, department, clinician, admin
) -> None:
    case = make_readable_case(department)
    first = sign(case, clinician, {"cardiomegaly": "ACCEPTED"})
    sign(case, clinician, {"cardiomegaly": "CORRECTED"}, version=2, supersedes=first)
    other = make_readable_case(department)
    review = make_review(other, clinician, state="COMPLETED", completed_at=timezone.now())
    proposal = Finding.objects.proposed().filter(case=other).first()
    Finding.objects.create(
        case=other, image=proposal.image, review=review, proposal=proposal, decision="REJECTED",
        label=proposal.label,
    )  # fmt: skip
    total = summed(tallies(model, departments_of(admin)).values())
    assert (total.accepted, total.corrected, total.rejected) == (0, 1, 0)


def test_scores_are_binned_as_the_reference_is(model, department, admin) -> None:
    run = make_run(make_image(make_case(department)), model)
    run.detections.filter(label="Effusion").update(score=1.0)
    scores = summed(tallies(model, departments_of(admin)).values()).scores
    assert scores["Effusion"] == [0] * 9 + [1]
    assert scores["Atelectasis"] == [0, 0, 1] + [0] * 7
    assert sum(scores["Cardiomegaly"]) == 1  # the box is not counted


def test_drift_needs_a_reference_and_enough_scores(model, department, admin) -> None:
    reference = Reference("held out", 100, {"Effusion": (50, 50, *(0,) * 8)})
    case = make_case(department)
    for number in range(LEAST_SCORES):
        run = make_run(make_image(case), model)
        run.detections.filter(label="Effusion").update(score=0.05 if number % 4 else 0.15)
    total = summed(tallies(model, departments_of(admin)).values())
    # 37 and 13 of 50 instead of halves: 0.24 ln 1.48 - 0.24 ln 0.52 = 0.2510
    first = drifts(total, reference)[0]
    assert (first.label, first.images, first.word) == ("Effusion", 50, "shifted")
    assert first.index == pytest.approx(0.2510, abs=1e-4)
    assert all(row.index is None for row in drifts(total, None))
    total.scores["Effusion"] = [10, *[0] * 9]
    assert {row.label: row.index for row in drifts(total, reference)}["Effusion"] is None


def test_the_pages_say_when_there_is_no_reference(
    model, department, researcher, tmp_path: Path
) -> None:
    make_readable_case(department)
    client = signed_in(Client(), researcher)
    assert "watched" in client.get("/monitoring/").content.decode()
    page = client.get(f"/monitoring/{model.pk}/").content.decode()
    assert "nothing can be said of drift" in page
    assert "<svg" in page
    write_reference(Reference("held out", 9, {"Effusion": (9, *(0,) * (BINS - 1))}), tmp_path)
    ModelVersion.objects.filter(pk=model.pk).update(path=str(tmp_path))
    assert "Against held out, 9 images" in client.get(f"/monitoring/{model.pk}/").content.decode()


def test_the_csv_is_safe_and_says_the_same(department, researcher) -> None:
    model = make_model(name="=cmd()")
    make_run(make_image(make_case(department)), model, finished_at=MARCH)
    answer = signed_in(Client(), researcher).get(f"/monitoring/{model.pk}/rows.csv")
    (row,) = csv.DictReader(StringIO(answer.content.decode()))
    assert row["model"] == "'=cmd()"
    assert (row["month"], row["department"]) == ("2026-03", department.name)
    assert (row["analyses"], row["failed"], row["failure_rate"]) == ("1", "0", "0")
    assert (row["override_rate"], row["worst_psi"]) == ("", "")


def test_bars_stand_on_the_base_and_the_failed_part_below() -> None:
    bars = bars_of([("a", 10, 5), ("b", 5, 0)])
    first, second = bars.bars
    assert first.height == 2 * first.part_height == 2 * second.height
    assert first.y + first.height == pytest.approx(HEIGHT - BOTTOM)
    assert first.part_y == pytest.approx(first.y + first.part_height)
    assert bars_of([]).bars == ()


def test_columns_are_scaled_to_the_highest_bin_of_both() -> None:
    first, second = columns_of((0.5, 0.5), (0.25, 1.0))
    assert (first.before, first.now, second.now, second.x) == (20.0, 10.0, 40.0, 12)
    assert columns_of((), (1.0,))[0].before == 0.0


# --- shadow --------------------------------------------------------------------------------------
def test_a_shadow_is_compared_on_images_that_both_read(department, clinician, admin) -> None:
    shown = make_model()
    shadow = make_model(stage="candidate", shadow=True, shadow_since=MARCH)
    for number in range(12):
        case = make_readable_case(department)
        run = make_run(case.images.get(), shadow, shadow=True)
        ill = number < 6
        run.detections.filter(label="Effusion").update(score=0.9 if ill else 0.1)
        sign(case, clinician, {"effusion": "ACCEPTED" if ill else "REJECTED"})
    make_run(make_image(make_case(department)), shadow, shadow=True)  # only the shadow read it
    images, rows = compare_shadow(shadow, departments_of(admin))
    assert images == 12
    assert shown.runs.count() == 12
    effusion = next(row for row in rows if row.name == "Pleural effusion")
    assert (effusion.images, effusion.signed, effusion.positives) == (12, 12, 6)
    # shown says 0.7 always; the shadow 0.9 six times and 0.1 six times: mean 0.5 - 0.7
    assert effusion.difference == pytest.approx(-0.2)
    assert effusion.disagreement == 0.5
    assert effusion.shown_auroc.value == 0.5
    assert (effusion.shadow_auroc.value, effusion.shadow_auroc.low) == (1.0, 1.0)
    same = next(row for row in rows if row.name == "Atelectasis")
    assert (same.difference, same.disagreement, same.shown_auroc) == (0.0, 0.0, None)


def test_the_page_of_a_shadow_shows_both_and_an_empty_one_says_so(
    department, clinician, admin, other_department
) -> None:
    shadow = make_model(stage="candidate", shadow=True, shadow_since=MARCH)
    make_model()
    client = signed_in(Client(), admin)
    empty = client.get(f"/monitoring/{shadow.pk}/shadow/").content.decode()
    assert "No image was read by both yet" in empty
    case = make_readable_case(department)
    make_run(case.images.get(), shadow, shadow=True)
    page = client.get(f"/monitoring/{shadow.pk}/shadow/").content.decode()
    assert "1 image read by both" in page
    assert "too few signed" in page
