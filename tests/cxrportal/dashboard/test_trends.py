"""The pictures of the home page: counted by hand, linked to lists, silent about blind reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotations.models import Finding, Review
from annotations.worklist.filters import asked_for
from annotations.worklist.query import WorklistQuery
from cases.models import Case
from cxrportal.accounts.models import Department, User
from cxrportal.dashboard.selectors import frequent_findings, recent_cases
from cxrportal.dashboard.trends import override_trend, unread_by_age
from tests.support.cases import make_case, make_image, make_readable_case, make_review
from tests.support.people import make_user
from tests.support.second_factors import signed_in

pytestmark = pytest.mark.django_db


def received(case: Case, days_ago: int) -> Case:
    Case.objects.filter(pk=case.pk).update(created_at=timezone.now() - timedelta(days=days_ago))
    return case


def judged(department: Department, reader: User, decision: str, weeks_ago: int = 0) -> Review:
    """A completed read with one judged proposal."""
    case = make_readable_case(department)
    proposal = Finding.objects.filter(case=case, review=None).first()
    done = timezone.now() - timedelta(weeks=weeks_ago)
    review = make_review(case, reader, state="COMPLETED", completed_at=done)
    Finding.objects.create(
        case=case, image=proposal.image, review=review, proposal=proposal, decision=decision,
        label=proposal.label, x_min=1, y_min=1, x_max=9, y_max=9,
    )  # fmt: skip
    return review


def test_unread_cases_fall_into_the_span_of_their_day(
    clinician: User, department: Department, other_department: Department
) -> None:
    for days in (0, 0, 1, 3, 7, 8, 31, 400):
        received(make_readable_case(department), days)
    received(make_case(department, status="RECEIVED"), 0)
    received(make_readable_case(other_department), 0)
    assert [column.number for column in unread_by_age(clinician)] == [2, 1, 1, 1, 1, 2]


def test_a_case_that_i_have_read_waits_no_more(clinician: User, department: Department) -> None:
    case = make_readable_case(department)
    make_review(case, clinician, state="COMPLETED", completed_at=timezone.now())
    assert sum(column.number for column in unread_by_age(clinician)) == 0


def test_a_column_leads_to_the_cases_that_it_counts(
    client: Client, clinician: User, department: Department
) -> None:
    old, new = (received(make_readable_case(department), days) for days in (5, 0))
    column = unread_by_age(clinician)[3]
    text = signed_in(client, clinician).get(f"/worklist/?{column.address}").content.decode()
    assert column.number == 1
    assert str(old.pk) in text
    assert str(new.pk) not in text
    assert asked_for(clinician, WorklistQuery(unread=True)).count() == 2


def test_overruled_proposals_are_counted_by_week(clinician: User, department: Department) -> None:
    for decision, weeks in (("ACCEPTED", 0), ("REJECTED", 0), ("CORRECTED", 1), ("ACCEPTED", 20)):
        judged(department, clinician, decision, weeks)
    counted = [(column.number, column.part) for column in override_trend(clinician)]
    assert counted == [(0, 0)] * 10 + [(1, 1), (2, 1)]
    assert override_trend(clinician)[-1].share == "50 %"


def test_a_blind_reader_learns_nothing_from_sums(clinician: User, department: Department) -> None:
    Department.objects.filter(pk=department.pk).update(blind_reads=True)
    colleague = make_user("clinician", department)
    judged(department, colleague, "REJECTED")
    review = judged(department, colleague, "ACCEPTED")
    assert frequent_findings(clinician).rows == ()
    assert sum(column.number for column in override_trend(clinician)) == 0
    make_review(review.case, clinician, state="COMPLETED", completed_at=timezone.now())
    assert [row.cases for row in frequent_findings(clinician).rows] == [1]
    assert sum(column.number for column in override_trend(clinician)) == 1


@pytest.mark.parametrize(("days", "expected"), [(7, 1), (30, 2), (365, 3)])
def test_findings_are_counted_over_the_chosen_span(
    clinician: User, department: Department, days: int, expected: int
) -> None:
    for days_ago in (1, 20, 200):
        case = make_case(department, status="SIGNED")
        done = timezone.now() - timedelta(days=days_ago)
        review = make_review(case, clinician, state="COMPLETED", completed_at=done)
        Finding.objects.create(
            case=case, image=make_image(case), review=review, decision="DRAWN", label="mass"
        )
    [row] = frequent_findings(clinician, days).rows
    assert (row.cases, row.code) == (expected, "mass")


def test_the_switch_takes_known_spans_only(client: Client, clinician: User) -> None:
    browser = signed_in(client, clinician)
    assert "in the last 365 days" in browser.get("/?days=365").content.decode()
    assert "in the last 30 days" in browser.get("/?days=1000000").content.decode()


def test_my_cases_are_those_i_read_last(clinician: User, department: Department) -> None:
    newest = make_readable_case(department)
    assert [row.case for row in recent_cases(clinician).rows] == [newest]
    mine = make_readable_case(department)
    make_review(mine, clinician)
    make_review(newest, make_user("clinician", department))
    found = recent_cases(clinician)
    assert (found.mine, [row.case for row in found.rows]) == (True, [mine])


def test_the_home_page_costs_the_same_for_many_cases(
    client: Client, clinician: User, department: Department, django_assert_max_num_queries
) -> None:
    for _ in range(12):
        judged(department, clinician, "ACCEPTED")
        make_readable_case(department)
    browser = signed_in(client, clinician)
    browser.get("/")
    with django_assert_max_num_queries(15):
        browser.get("/")
