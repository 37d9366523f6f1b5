"""Lists found along their indexes are the lists that sorting everything gives."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

import pytest
from django.db import connection
from django.utils import timezone

from annotations.models import Finding
from annotations.worklist import filters, seek, selectors
from annotations.worklist.filters import candidates, places
from annotations.worklist.query import ORDER_BY, STATUSES, Order, Tab, WorklistQuery
from annotations.worklist.selectors import counts, worklist_page
from cases.models import Case
from cxrportal.accounts.models import Department, Membership, User
from tests.support.cases import make_case, make_image
from tests.support.people import make_patient

STATES = ("RECEIVED", "PROPOSED", "IN_REVIEW", "SIGNED", "AMENDED")


@pytest.fixture
def cases(clinician: User, department: Department, other_department: Department) -> list[Case]:
    """Of two departments, full of ties: two priorities, two triage values, two times of arrival."""
    Membership.objects.create(user=clinician, department=other_department, role="clinician")
    came: list[datetime] = [timezone.now() - timedelta(hours=hours) for hours in (1, 2)]
    made = []
    kinds = product((department, other_department), STATES, (1, 3), (0, 700), came)
    for place, status, priority, triage, at in kinds:
        case = make_case(place, status=status, priority=priority, triage=triage)
        Case.objects.filter(pk=case.pk).update(created_at=at)
        made.append(case)
    return made


def propose(case: Case, label: str) -> None:
    Finding.objects.create(case=case, image=make_image(case), decision="PROPOSED", label=label)


def walked(user: User, query: WorklistQuery) -> list[Case]:
    """All pages of a list, one after the other."""
    rows, after = [], ""
    while True:
        page = worklist_page(user, query, after)
        rows += [row.case for row in page.rows]
        after = page.after
        if not after:
            return rows


@pytest.mark.parametrize("branches", [90, 0], ids=["by branches", "sorted"])
@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("tab", [Tab.OPEN, Tab.READY, Tab.ALL])
def test_pages_hold_every_case_once_and_in_order(
    cases: list[Case],
    clinician: User,
    tab: Tab,
    order: Order,
    branches: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seek, "MOST_BRANCHES", branches)
    monkeypatch.setattr(selectors, "PAGE_SIZE", 7)
    found = Case.objects.filter(status__in=STATUSES[tab])
    assert walked(clinician, WorklistQuery(tab=tab, order=order)) == list(
        found.order_by(*ORDER_BY[order])
    )


@pytest.mark.parametrize("few", [500, 0], ids=["by key", "case by case"])
def test_text_and_findings_find_the_same_either_way(
    clinician: User, department: Department, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "FEW", few)
    mine = make_case(
        department, make_patient(department, name="Ada Byron", mrn="1"), status="PROPOSED"
    )
    numbered = make_case(department, accession_number="ADA-1", status="SIGNED")
    other = make_case(department, status="PROPOSED")
    for case in (mine, other):
        propose(case, "effusion")
    propose(numbered, "nodule")

    def found(**fields: str) -> set[Case]:
        query = WorklistQuery(tab=Tab.ALL, **fields)
        assert candidates(clinician, query).few is (few > 0)
        assert counts(clinician, query)[Tab.ALL] == str(len(walked(clinician, query)))
        return set(walked(clinician, query))

    assert found(text="ada") == {mine, numbered}
    assert found(finding="effusion") == {mine, other}
    assert found(text="ada", finding="effusion") == {mine}
    nothing = WorklistQuery(tab=Tab.ALL, text="nobody", finding="effusion")
    assert walked(clinician, nothing) == []
    assert set(counts(clinician, nothing).values()) == {"0"}


def test_what_is_sought_case_by_case_is_counted_less_far(
    clinician: User, department: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "FEW", 0)
    monkeypatch.setattr(selectors, "SOUGHT_UP_TO", 2)
    for _ in range(3):
        make_case(department, accession_number="ACC-1", status="PROPOSED")
    assert counts(clinician, WorklistQuery(text="acc"))[Tab.READY] == "2+"
    assert counts(clinician, WorklistQuery())[Tab.READY] == "3"


def test_what_waits_for_a_read_is_in_no_other_state(clinician: User) -> None:
    query = WorklistQuery(unread=True)
    assert places(clinician, query, STATUSES[Tab.ALL])[1] == ["PROPOSED", "IN_REVIEW"]
    assert places(clinician, query, STATUSES[Tab.SIGNED])[1] == []
    assert worklist_page(clinician, WorklistQuery(tab=Tab.SIGNED, unread=True)).rows == ()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's words for a plan")
@pytest.mark.parametrize(
    ("order", "index"),
    [
        (Order.TRIAGE, "case_by_triage"),
        (Order.URGENT, "case_by_age"),
        (Order.OLDEST, "case_by_arrival"),
        (Order.NEWEST, "case_by_arrival"),
    ],
)
def test_each_order_has_its_index_and_only_the_page_is_sorted(
    clinician: User, department: Department, order: Order, index: str
) -> None:
    query = WorklistQuery(order=order)
    where = places(clinician, query, STATUSES[query.tab])
    plan = seek.first_in_order(candidates(clinician, query), where, ORDER_BY[order], 51).explain()
    assert plan.count(f"USING INDEX {index} (department_id=? AND status=?)") == len(where[1])
    assert plan.count("TEMP B-TREE") == 1
