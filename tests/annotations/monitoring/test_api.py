"""The numbers of monitoring for a program are those of its pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from annotations.monitoring.selectors import LEAST_SCORES
from cxrportal.accounts.models import AccessEvent, User
from inference.evaluation.drift import Reference, write_reference
from inference.models import InferenceRun, ModelVersion
from tests.annotations.monitoring.test_monitoring import APRIL, MARCH, sign
from tests.support.cases import make_case, make_image, make_model, make_readable_case, make_run
from tests.support.tokens import bearer, make_token

pytestmark = pytest.mark.django_db


def program(user: User) -> Client:
    return Client(headers=bearer(make_token(user)[1]))


def test_months_overrides_and_totals(
    department, other_department, clinician, researcher, admin
) -> None:
    model = make_model(name="watched")
    first = make_readable_case(department)
    InferenceRun.objects.update(finished_at=MARCH)
    make_run(make_image(first), model, state="FAILED", finished_at=APRIL)
    make_run(make_image(make_case(other_department)), model, finished_at=APRIL)
    sign(first, clinician, {"cardiomegaly": "REJECTED", "effusion": "ACCEPTED"})
    address = f"/api/v1/models/{model.pk}/monitoring/"
    said = program(researcher).get(address).json()
    assert said["departments"] == [department.name]
    april, march = said["months"]
    assert (april["month"], april["department"]) == ("2026-04", department.name)
    assert (april["numbers"]["analyses"], april["numbers"]["failure_rate"]) == (1, 1.0)
    assert april["numbers"]["override_rate"] is None
    assert march["numbers"] == {
        "analyses": 1, "failed": 0, "failure_rate": 0.0, "accepted": 1, "corrected": 0,
        "rejected": 1, "override_rate": 0.5,
    }  # fmt: skip
    assert (said["total"]["analyses"], said["total"]["failed"]) == (2, 1)
    assert AccessEvent.objects.latest("id").verb == "export"
    assert program(admin).get(address).json()["total"]["analyses"] == 3
    assert program(clinician).get(address).status_code == 403


def test_drift_needs_a_reference(department, researcher, tmp_path: Path) -> None:
    model = make_model()
    case = make_case(department)
    for number in range(LEAST_SCORES):
        run = make_run(make_image(case), model)
        run.detections.filter(label="Effusion").update(score=0.05 if number % 4 else 0.15)
    address = f"/api/v1/models/{model.pk}/monitoring/"
    said = program(researcher).get(address).json()
    assert said["reference"] is None
    assert {row["index"] for row in said["drift"]} == {None}
    write_reference(Reference("held out", 100, {"Effusion": (50, 50, *(0,) * 8)}), tmp_path)
    ModelVersion.objects.filter(pk=model.pk).update(path=str(tmp_path))
    said = program(researcher).get(address).json()
    first = said["drift"][0]
    assert (said["reference"], first["label"], first["word"]) == ("held out", "Effusion", "shifted")
    # 37 and 13 of 50 instead of halves: 0.24 ln 1.48 - 0.24 ln 0.52 = 0.2510
    assert first["index"] == pytest.approx(0.2510, abs=1e-4)
    assert (first["before"][:2], first["now"][:2]) == ([0.5, 0.5], [0.74, 0.26])


def test_a_shadow_beside_the_shown_model(department, clinician, admin) -> None:
    make_model()
    shadow = make_model(stage="candidate", shadow=True, shadow_since=MARCH)
    address = f"/api/v1/models/{shadow.pk}/shadow/"
    assert program(admin).get(address).json()["findings"] == []
    for number in range(12):
        case = make_readable_case(department)
        ill = number < 6
        run = make_run(case.images.get(), shadow, shadow=True)
        run.detections.filter(label="Effusion").update(score=0.9 if ill else 0.1)
        sign(case, clinician, {"effusion": "ACCEPTED" if ill else "REJECTED"})
    said = program(admin).get(address).json()
    assert (said["images"], said["shadow"]) == (12, True)
    effusion = next(row for row in said["findings"] if row["name"] == "Pleural effusion")
    assert effusion["difference"] == pytest.approx(-0.2)
    assert (effusion["disagreement"], effusion["positives"]) == (0.5, 6)
    assert effusion["shadow_auroc"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    same = next(row for row in said["findings"] if row["name"] == "Atelectasis")
    assert same["shown_auroc"] is None
