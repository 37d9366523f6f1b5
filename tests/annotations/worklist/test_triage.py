"""The order of triage by hand-worked numbers, and when it is not to be had."""

from __future__ import annotations

import pytest
from django.test import Client

from annotations.reading.services.proposals import findings_propose
from annotations.worklist.orders import order_of, orders_for
from annotations.worklist.query import Cursor, Order
from annotations.worklist.triage import Found, triage_of
from cases.models import Case
from cases.services.cases import case_rank
from cxrportal.accounts.models import Department, Membership, User
from tests.support.cases import make_case, make_image, make_readable_case, make_run

AGE_ORDERS = (Order.URGENT, Order.OLDEST, Order.NEWEST)


@pytest.mark.parametrize(
    ("found", "value"),
    [
        ([], 0),
        ([Found("effusion", 0.49, 0.5)], 0),
        ([Found("effusion", 0.5, 0.5)], 300),  # 0.6 * (1 + 0) / 2
        ([Found("effusion", 0.7, 0.5)], 420),  # 0.6 * (1 + 0.4) / 2
        ([Found("cardiomegaly", 0.9, 0.5)], 270),  # 0.3 * (1 + 0.8) / 2
        ([Found("pneumothorax", 1.0, 0.3)], 1000),
        ([Found("pneumothorax", 1.0, 1.0)], 1000),  # no room over the threshold
        ([Found("cardiomegaly", 0.9, 0.5), Found("effusion", 0.7, 0.5)], 420),
    ],
)
def test_a_case_has_the_value_of_its_highest_finding(found: list[Found], value: int) -> None:
    assert triage_of(found) == value


def test_a_case_is_ranked_when_its_findings_are_proposed(department: Department) -> None:
    case = make_case(department, status=Case.Status.ANALYSED)
    findings_propose(run_id=make_run(make_image(case)).pk)
    case.refresh_from_db()
    assert (case.status, case.triage, case.version) == ("PROPOSED", 420, 1)


@pytest.mark.parametrize(("own", "of_department"), [(True, False), (None, True)])
def test_a_case_that_is_read_blind_keeps_no_rank(
    department: Department, own: bool | None, of_department: bool
) -> None:
    Department.objects.filter(pk=department.pk).update(blind_reads=of_department)
    case = make_case(department, read_blind=own, triage=700)
    case_rank(case_id=case.pk, triage=420)
    case.refresh_from_db()
    assert case.triage == 0


def test_triage_is_the_first_order_where_reads_are_open(clinician: User) -> None:
    assert orders_for(clinician)[0] is Order.TRIAGE


def test_one_blind_department_takes_the_triage_order_from_the_common_list(
    clinician: User, other_department: Department
) -> None:
    Department.objects.filter(pk=other_department.pk).update(blind_reads=True)
    membership = Membership.objects.create(
        user=clinician, department=other_department, role="clinician"
    )
    clinician = User.objects.get(pk=clinician.pk)
    assert orders_for(clinician) == AGE_ORDERS
    open_one = clinician.memberships.exclude(pk=membership.pk).get().department_id
    assert Order.TRIAGE in orders_for(clinician, open_one)
    assert orders_for(clinician, other_department.pk) == AGE_ORDERS


def test_a_case_made_blind_after_it_was_ranked_takes_the_order_away(
    clinician: User, department: Department
) -> None:
    make_readable_case(department, triage=420, read_blind=True)
    assert orders_for(clinician) == AGE_ORDERS


def test_the_order_that_was_chosen_last_is_kept_where_it_is_offered(clinician: User) -> None:
    assert order_of(clinician, "", tuple(Order)) is Order.TRIAGE
    clinician.worklist_order = "triage"
    assert order_of(clinician, "", AGE_ORDERS) is Order.URGENT
    assert order_of(clinician, "triage", AGE_ORDERS) is Order.URGENT
    clinician.worklist_order = "newest"
    assert order_of(clinician, "", tuple(Order)) is Order.NEWEST
    assert order_of(clinician, "oldest", tuple(Order)) is Order.OLDEST


def test_an_address_tells_of_triage_only_where_it_is_the_order(department: Department) -> None:
    case = make_case(department, triage=420)
    assert "-420-" not in str(Cursor.of(case, Order.URGENT))
    cursor = Cursor.of(case, Order.TRIAGE)
    assert "-420-" in str(cursor)
    assert Cursor.parse(str(cursor)) == cursor


def test_priority_leads_and_triage_follows(
    client: Client, clinician: User, department: Department
) -> None:
    values = [("routine", 3, 900), ("stat", 1, 0), ("low", 3, 100)]
    for name, priority, triage in values:
        make_case(department, accession_number=name, priority=priority, triage=triage)
    client.force_login(clinician)
    rows = client.get("/api/v1/worklist/").json()
    assert rows["order"] == "triage"
    assert [row["accession_number"] for row in rows["results"]] == ["stat", "routine", "low"]
    assert "triage" not in rows["results"][0]


def test_a_blind_reader_gets_the_order_of_age_whatever_the_address_says(
    client: Client, clinician: User, department: Department
) -> None:
    Department.objects.filter(pk=department.pk).update(blind_reads=True)
    for name, triage in (("first", 0), ("second", 900)):
        make_case(department, accession_number=name, triage=triage)
    client.force_login(clinician)
    rows = client.get("/api/v1/worklist/", {"tab": "open"}).json()
    assert rows["order"] == "urgent"
    assert [row["accession_number"] for row in rows["results"]] == ["first", "second"]
    assert client.get("/api/v1/worklist/", {"order": "triage"}).status_code == 400
    page = client.get("/worklist/", {"order": "triage"}).content.decode()
    assert page.index("first") < page.index("second")
    assert "most urgent come first" not in page
