"""The worklist at 100, 10,000 and 100,000 cases: time and number of queries of each kind of page.

A tenth of the cases is open, as in a department that keeps up with its work. The others are signed,
half of them by the reader who asks.
"""

from __future__ import annotations

import statistics
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.models import Finding, Review
from cases.models import Case, Image
from inference.models import InferenceRun, ModelVersion
from patients.models import Patient
from tests.benchmarks.measure import print_table
from tests.support.cases import make_facts, make_model
from tests.support.people import make_user

pytestmark = pytest.mark.django_db
SIZES = (100, 10_000, 100_000)
REPEATS = 5
BATCH = 2_000
PAGES = (
    ("open, by triage", {"order": "triage"}),
    ("open, a page further", {"order": "triage", "after": "FURTHER"}),
    ("waits for my read", {"unread": "on"}),
    ("all, newest first", {"tab": "all", "order": "newest"}),
    ("a finding", {"tab": "ready", "finding": "effusion"}),
    ("search by MRN", {"tab": "all", "q": "M00005"}),
    ("search by name", {"tab": "all", "q": "person 5"}),
)


def test_worklist_time_and_queries_by_number_of_cases(client, clinician, department) -> None:
    client.force_login(clinician)
    readers = (clinician, make_user("clinician", department))
    table: dict[str, list[str]] = {name: [name] for name, _ in PAGES}
    made = 0
    for size in SIZES:
        while made < size:
            _fill(readers, department, made, min(BATCH, size - made))
            made += min(BATCH, size - made)
        _count_rows()
        for name, query in PAGES:
            ms, queries = _page(client, query)
            table[name] += [f"{ms:.0f}", str(queries)]
    head = [cell for size in SIZES for cell in (f"ms at {size:,}", "queries")]
    print_table(f"Worklist page, n = {REPEATS}", ("page", *head), list(table.values()))
    assert all(int(cell) <= 15 for row in table.values() for cell in row[2::2])


def _count_rows() -> None:
    """What PostgreSQL does by itself for rows that are committed; it plans by the numbers."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _page(client, query: dict[str, str]) -> tuple[float, int]:
    """Median milliseconds and queries, the session's own write aside."""
    asked = dict(query)
    if "after" in asked:
        first = client.get("/api/v1/worklist/", {"order": asked["order"]}).json()
        asked["after"] = first["after"]
    times, queries = [], 0
    for _ in range(REPEATS):
        with CaptureQueriesContext(connection) as captured:
            began = time.perf_counter()
            answer = client.get(reverse("worklist:list"), asked)
            times.append(time.perf_counter() - began)
        assert answer.status_code == 200
        queries = len(captured)
    return statistics.median(times) * 1000, queries


def _fill(readers, department, first: int, count: int) -> None:
    """Two cases a patient; the newest tenth of each batch is open. A finding in every fifth case,
    which half the readers reject.
    """
    numbers = range(first, first + count)
    patients = Patient.objects.bulk_create(
        Patient(
            department=department,
            mrn=f"M{n // 2:06}",
            name=f"Person {n // 2}",
            search_name=f"person {n // 2}",
        )
        for n in numbers[::2]
    )
    cases = Case.objects.bulk_create(
        Case(
            department=department,
            patient=patients[at // 2],
            status="PROPOSED" if at >= count * 0.9 else "SIGNED",
            triage=n * 37 % 1000,
        )
        for at, n in enumerate(numbers)
    )
    images = Image.objects.bulk_create(_image(case) for case in cases)
    model = ModelVersion.objects.first() or make_model()
    InferenceRun.objects.bulk_create(
        InferenceRun(image=image, model_version=model, state="DONE") for image in images
    )
    proposals = Finding.objects.bulk_create(
        Finding(case=case, image=image, decision="PROPOSED", label="effusion")
        for case, image in list(zip(cases, images, strict=True))[::5]
    )
    _read(readers, [case for case in cases if case.status == "SIGNED"], proposals)


def _read(readers, cases: list[Case], proposals: list[Finding]) -> None:
    """A completed read of each case, and what it says to the case's proposal."""
    reads = Review.objects.bulk_create(
        Review(case=case, reader=readers[at % 2], state="COMPLETED", completed_at=timezone.now())
        for at, case in enumerate(cases)
    )
    by_case = {review.case_id: review for review in reads}
    Finding.objects.bulk_create(
        Finding(
            case=proposal.case,
            image=proposal.image,
            review=by_case[proposal.case_id],
            proposal=proposal,
            decision="REJECTED" if at % 2 else "ACCEPTED",
            reject_reason="absent" if at % 2 else "",
            label="effusion",
        )
        for at, proposal in enumerate(p for p in proposals if p.case_id in by_case)
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
