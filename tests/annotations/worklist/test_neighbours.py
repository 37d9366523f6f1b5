"""Next and previous in the list that a reader came from."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from annotations.models import Review
from annotations.worklist.neighbours import next_to_read, previous_in_list, read_today
from annotations.worklist.query import Order, WorklistQuery
from cases.models import Case
from cxrportal.accounts.models import Department, User
from tests.support.cases import make_case, make_readable_case, make_review
from tests.support.people import make_user

OLDEST = WorklistQuery(order=Order.OLDEST)


def three(department: Department) -> list[Case]:
    return [make_readable_case(department) for _ in range(3)]


def test_next_follows_the_order_and_begins_again_at_the_front(
    clinician: User, department: Department
) -> None:
    first, second, third = three(department)
    assert next_to_read(clinician, OLDEST, first) == second
    assert next_to_read(clinician, OLDEST, third) == first
    newest = WorklistQuery(order=Order.NEWEST)
    assert next_to_read(clinician, newest, third) == second


def test_next_passes_over_what_colleagues_claimed_and_what_is_read(
    clinician: User, department: Department
) -> None:
    first, second, third = three(department)
    Case.objects.filter(pk=second.pk).update(assignee=make_user("clinician", department))
    assert next_to_read(clinician, OLDEST, first) == third
    make_review(third, clinician, state=Review.State.COMPLETED, completed_at=timezone.now())
    assert next_to_read(clinician, OLDEST, first) is None
    assert read_today(clinician) == 1


def test_next_stays_in_the_list(clinician: User, department: Department) -> None:
    first = make_readable_case(department, priority=1)
    make_readable_case(department, priority=3)
    stat = make_readable_case(department, priority=1)
    query = WorklistQuery(order=Order.OLDEST, priority=1)
    assert next_to_read(clinician, query, first) == stat


def test_previous_is_the_one_before_read_or_not(clinician: User, department: Department) -> None:
    first, second, third = three(department)
    make_case(department)  # being prepared: no page of it yet
    make_review(second, clinician, state=Review.State.COMPLETED, completed_at=timezone.now())
    assert previous_in_list(clinician, OLDEST, third) == second
    assert previous_in_list(clinician, OLDEST, first) is None


def test_the_list_goes_along(client: Client, clinician: User, department: Department) -> None:
    first, second, _ = three(department)
    client.force_login(clinician)
    answer = client.get(f"/reading/{first.pk}/next/?order=oldest&q=")
    assert answer["Location"] == f"/reading/{second.pk}/?order=oldest"
    answer = client.get(f"/reading/{second.pk}/previous/?order=oldest")
    assert answer["Location"] == f"/reading/{first.pk}/?order=oldest"
    answer = client.get(f"/reading/{first.pk}/previous/?order=oldest")
    assert answer["Location"] == "/worklist/?order=oldest"


def test_the_end_of_a_list_says_what_waits_elsewhere(
    client: Client, clinician: User, department: Department
) -> None:
    case = make_readable_case(department, priority=1)
    make_readable_case(department)
    client.force_login(clinician)
    answer = client.get(f"/reading/{case.pk}/next/?priority=1")
    assert answer["Location"] == "/worklist/done/?priority=1"
    text = client.get(answer["Location"]).content.decode()
    assert "Nothing in this list waits for you" in text
    assert "In all lists together 2 cases wait for you." in text
    assert 'href="/worklist/?priority=1"' in text
