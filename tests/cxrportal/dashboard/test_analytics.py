"""The system-wide numbers: hand-worked, for administrators, without a name of a patient."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from io import StringIO

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case, CaseEvent
from cxrportal.accounts.models import AccessEvent, Department, User
from cxrportal.dashboard.analytics import Span, analytics_of, turnaround
from cxrportal.dashboard.forms import SpanForm
from tests.support.cases import make_case, make_image, make_run
from tests.support.second_factors import signed_in

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def today_span(days: int = 30) -> Span:
    today = timezone.localdate()
    return Span(today - timedelta(days=days - 1), today)


def went(department: Department, days_ago: int, *hours: float) -> Case:
    """Received at noon, then proposed and signed so many hours later."""
    case = make_case(department)
    start = timezone.now().replace(hour=1) - timedelta(days=days_ago)
    Case.objects.filter(pk=case.pk).update(created_at=start)
    for status, after in zip(("PROPOSED", "SIGNED"), hours, strict=False):
        event = CaseEvent.objects.create(case=case, from_status="RECEIVED", to_status=status)
        CaseEvent.objects.filter(pk=event.pk).update(at=start + after * HOUR)
    return case


def test_median_and_percentile_by_hand() -> None:
    found = turnaround([3600.0 * hours for hours in (1, 2, 3, 4, 10)])
    assert (found.n, found.median_h) == (5, 3.0)
    assert found.p90_h == pytest.approx(4 + 0.6 * 6)  # rank 3.6 of 0..4
    assert turnaround([]).median_h is None


def test_times_are_those_of_each_step(department: Department) -> None:
    went(department, 3, 1, 3)
    went(department, 3, 2, 8)
    went(department, 3, 3)
    [line] = analytics_of(today_span()).departments
    assert (line.received, line.signed) == (3, 2)
    assert (line.to_proposed.n, line.to_proposed.median_h) == (3, pytest.approx(2.0))
    assert (line.to_signed.n, line.to_signed.median_h) == (2, pytest.approx(4.0))
    assert (line.overall.n, line.overall.median_h) == (2, pytest.approx(5.5))


def test_a_case_signed_again_counts_from_its_first_signature(department: Department) -> None:
    case = went(department, 3, 1, 2)
    late = CaseEvent.objects.create(case=case, from_status="AMENDED", to_status="SIGNED")
    CaseEvent.objects.filter(pk=late.pk).update(at=timezone.now())
    [line] = analytics_of(today_span()).departments
    assert line.overall.median_h == pytest.approx(2.0)


def test_departments_stand_apart_and_sum_up(
    department: Department, other_department: Department
) -> None:
    image = make_image(went(department, 1), size_bytes=1000)
    make_image(went(other_department, 1), size_bytes=234)
    make_run(image, state="FAILED")
    found = analytics_of(today_span())
    kept = {
        line.name: (line.received, line.images, line.stored_bytes) for line in found.departments
    }
    assert kept == {department.name: (1, 1, 1000), other_department.name: (1, 1, 234)}
    assert (found.total.received, found.total.stored_bytes) == (2, 1234)
    assert [(line.runs, line.failed) for line in found.models] == [(1, 1)]


def test_volumes_by_day_then_by_week(department: Department) -> None:
    for days_ago in (0, 0, 1, 40):
        went(department, days_ago)
    days = analytics_of(today_span(7)).volumes
    assert [row.received for row in days] == [0, 0, 0, 0, 0, 1, 2]
    weeks = analytics_of(today_span(60)).volumes
    assert sum(row.received for row in weeks) == 4
    assert {row.start.weekday() for row in weeks} == {0}


def test_the_span_is_what_was_asked_as_far_as_it_makes_sense() -> None:
    asked = SpanForm({"first": "2026-01-05", "last": "2026-02-01"}).span()
    assert (asked.first, asked.last) == (date(2026, 1, 5), date(2026, 2, 1))
    default = SpanForm({"first": "nonsense"}).span()
    assert default == today_span()
    assert SpanForm({"first": "2026-02-01", "last": "2026-01-05"}).errors["last"]


def test_the_page_names_no_patient_and_no_case(
    client: Client, admin: User, department: Department, django_assert_max_num_queries
) -> None:
    case = went(department, 1, 1, 2)
    browser = signed_in(client, admin)
    browser.get("/analytics/")
    with django_assert_max_num_queries(15):
        text = browser.get("/analytics/").content.decode()
    assert department.name in text
    for secret in (case.patient.name, case.patient.mrn, str(case.pk)):
        assert secret not in text


def test_the_csv_holds_the_table_and_is_recorded(
    client: Client, admin: User, department: Department
) -> None:
    went(department, 1, 1, 2)
    Department.objects.filter(pk=department.pk).update(name="=cmd")
    answer = signed_in(client, admin).get("/analytics/departments.csv")
    [row] = csv.DictReader(StringIO(answer.content.decode()))
    assert (row["department"], row["cases_received"]) == ("'=cmd", "1")
    assert row["signed_median_h"] == "2.000"
    assert AccessEvent.objects.filter(verb="export", target_type="analytics").count() == 1
    assert client.get("/analytics/nothing.csv").status_code == 404


@pytest.mark.parametrize("role", ["clinician", "researcher"])
def test_other_roles_get_404(client: Client, role: str, request: pytest.FixtureRequest) -> None:
    browser = signed_in(client, request.getfixturevalue(role))
    assert browser.get("/analytics/").status_code == 404
