"""The worklist at 1,000 cases: time and number of queries, for the first page and a later one."""

from __future__ import annotations

import statistics
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Case, Image
from inference.models import InferenceRun
from patients.models import Patient
from tests.support.cases import make_facts, make_model

pytestmark = pytest.mark.django_db
CASES = 1000
REPEATS = 7


def test_worklist_time_and_queries_at_1000_cases(client, clinician, department) -> None:
    _fill(department)
    client.force_login(clinician)
    print(f"\nworklist at {CASES} cases, n = {REPEATS}")
    print(f"{'page':22} {'median ms':>10} {'queries':>8}")
    for name, query in (
        ("first", {}),
        ("waiting to be read", {"state": "PROPOSED"}),
        ("search by name", {"q": "person 5"}),
    ):
        times, queries = [], 0
        for _ in range(REPEATS):
            with CaptureQueriesContext(
                connection,
            ) as captured:
                began = time.perf_counter()
                answer = client.get(reverse("worklist:list"), query)
                times.append(time.perf_counter() - began)
            queries = len(captured)
            assert answer.status_code == 200
        print(f"{name:22} {statistics.median(times) * 1000:10.0f} {queries:8d}")
        assert queries <= 15


def _fill(department) -> None:
    patients = Patient.objects.bulk_create(
        Patient(
            department=department,
            mrn=f"M{n:05}",
            name=f"Person {n}",
            search_name=f"person {n}",
        )
        for n in range(CASES // 2)
    )
    cases = Case.objects.bulk_create(
        Case(department=department, patient=patients[n % len(patients)], status="PROPOSED")
        for n in range(CASES)
    )
    images = Image.objects.bulk_create(_image(case) for case in cases)
    model = make_model()
    InferenceRun.objects.bulk_create(
        InferenceRun(image=image, model_version=model, state="DONE") for image in images
    )


def _image(case: Case) -> Image:
    facts = make_facts()
    return Image(
        case=case,
        department=case.department,
        kind=facts.kind,
        sha256=facts.sha256,
        pixel_sha256=facts.pixel_sha256,
        size_bytes=facts.size_bytes,
        original_key="o",
        sop_instance_uid=facts.study.sop_instance_uid,
        rows=facts.grid.rows,
        columns=facts.grid.columns,
        facts=facts.to_json(),
        state="DONE",
        thumbnail_key="t",
    )
