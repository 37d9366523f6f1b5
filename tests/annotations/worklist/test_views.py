"""The worklist: who sees which cases, the filters, the pages, and what it costs."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case
from cxrportal.accounts.models import AccessEvent, Department, User
from tests.support.cases import make_case, make_image, make_readable_case, make_run
from tests.support.people import make_patient, make_user

LIST = "/worklist/"


@pytest.fixture
def reader(client: Client, clinician: User) -> Client:
    client.force_login(clinician)
    return client


def page(client: Client, **query: str) -> str:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return response.content.decode()


def shown(client: Client, **query: str) -> set[str]:
    """Keys of the cases on one page."""
    return set(
        re.findall(r'class="open" href="/reading/([0-9a-f-]{36})/[?"]', page(client, **query))
    )


def keys(*cases: Case) -> set[str]:
    return {str(case.pk) for case in cases}


def test_anonymous_is_sent_to_the_login(client: Client, db: None) -> None:
    response = client.get(LIST)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_a_researcher_gets_404(client: Client, researcher: User) -> None:
    client.force_login(researcher)
    assert client.get(LIST).status_code == 404


def test_a_case_of_another_department_is_not_listed(
    reader: Client, department: Department, other_department: Department
) -> None:
    mine, _ = make_case(department), make_case(other_department)
    assert shown(reader) == keys(mine)


def test_an_archived_case_is_hidden_until_asked_for(reader: Client, department: Department) -> None:
    active, archived = make_case(department), make_case(department, is_archived=True)
    assert shown(reader) == keys(active)
    assert shown(reader, archived="on") == keys(archived)


def test_signed_cases_stand_under_their_tab(reader: Client, department: Department) -> None:
    ready = make_case(department, status="PROPOSED")
    signed = make_case(department, status="SIGNED")
    assert shown(reader) == keys(ready)
    assert shown(reader, tab="signed") == keys(signed)
    assert shown(reader, tab="all") == keys(ready, signed)


def test_filters_by_priority_assignee_and_date(
    reader: Client, clinician: User, department: Department
) -> None:
    stat = make_case(department, priority=1, study_date=date(2026, 3, 1))
    mine = make_case(department, assignee=clinician, study_date=date(2026, 3, 5))
    other = make_user("clinician", department)
    theirs = make_case(department, assignee=other, study_date=date(2026, 3, 9))
    assert shown(reader, priority="1") == keys(stat)
    assert shown(reader, assignee="me") == keys(mine)
    assert shown(reader, assignee="none") == keys(stat)
    assert shown(reader, study_from="2026-03-05") == keys(mine, theirs)
    assert shown(reader, study_from="2026-03-05", study_to="2026-03-05") == keys(mine)


def test_search_by_name_mrn_and_accession_number(reader: Client, department: Department) -> None:
    patient = make_patient(department, name="Nguyễn Văn An", mrn="A-100")
    found = make_case(department, patient, accession_number="ACC42")
    unknown = make_patient(department, name="", mrn="", confirmed=False, claimed_mrn="CLAIM7")
    unconfirmed = make_case(department, unknown)
    for text in ("nguyen an", "a-100", "acc4"):
        assert shown(reader, q=text) == keys(found)
    assert shown(reader, q="claim7") == keys(unconfirmed)
    assert "Unconfirmed" in page(reader, q="claim7")


@pytest.mark.parametrize("text", ["CC42", "---", "%", "nobody"])
def test_search_that_starts_nothing_finds_nothing(
    reader: Client, department: Department, text: str
) -> None:
    make_case(department, accession_number="ACC42")
    assert "Nothing fits" in page(reader, q=text)


def test_failed_analyses_are_found(reader: Client, department: Department) -> None:
    failed, fine = make_case(department), make_case(department)
    make_run(make_image(failed), state="FAILED")
    make_run(make_image(fine))
    assert shown(reader, failed="on") == keys(failed)


@pytest.mark.parametrize("order", ["urgent", "oldest", "newest"])
def test_pages_have_no_gaps_and_no_repeats(
    reader: Client, department: Department, order: str
) -> None:
    patient = make_patient(department)
    cases = [make_case(department, patient, priority=1 + n % 3) for n in range(120)]
    same = timezone.now() - timedelta(days=1)  # equal times: only the key tells rows apart
    Case.objects.filter(pk__in=[case.pk for case in cases[:70]]).update(created_at=same)
    seen: list[str] = []
    address = f"{LIST}?order={order}&assignee=none"
    for _ in range(3):
        text = reader.get(address).content.decode()
        seen += re.findall(r'class="open" href="/reading/([0-9a-f-]{36})/[?"]', text)
        following = re.search(r'rel="next" href="(\?[^"]+)"', text)
        if following is None:
            break
        assert "assignee=none" in following[1]
        address = LIST + following[1].replace("&amp;", "&")
        make_case(department, patient, priority=2)  # what comes in meanwhile moves no page
    assert following is None or order != "newest"
    assert len(seen) == len(set(seen))
    assert keys(*cases) <= set(seen)


def test_orders(reader: Client, department: Department) -> None:
    first, second = make_case(department), make_case(department, priority=1)
    places = {}
    for order in ("urgent", "oldest", "newest"):
        text = page(reader, order=order)
        places[order] = text.index(str(first.pk)) < text.index(str(second.pk))
    assert places == {"urgent": False, "oldest": True, "newest": False}


@pytest.mark.parametrize(
    "query",
    [
        {"study_from": "yesterday", "study_to": "2026-13-45"},
        {"study_from": "2026-02-05", "study_to": "2026-02-01"},
        {"after": "nonsense"},
        {"after": "99999999999999999999-1-0"},
        {"after": "1-99999999999999999999999-" + "0" * 32},
        {"after": "1-253402300799999999-" + "0" * 32},
        {"after": "9" * 5000},
        {"tab": "x", "order": "x", "priority": "x", "assignee": "x"},
        {"q": "\x00"},
        {"q": "x" * 5000},
    ],
)
def test_hostile_addresses_filter_nothing(
    reader: Client, department: Department, query: dict[str, str]
) -> None:
    case = make_case(department)
    response = reader.get(LIST, query)
    assert response.status_code == 200
    if query.get("after", "").startswith("1-2534"):
        return  # a cursor like any other: it lies behind every case
    assert str(case.pk) in response.content.decode()


def test_tabs_count_under_the_filters(reader: Client, department: Department) -> None:
    for status in ("RECEIVED", "ANALYSED", "PROPOSED", "IN_REVIEW", "SIGNED", "AMENDED"):
        make_case(department, status=status, priority=1)
    make_case(department, status="PROPOSED", priority=3)
    text = page(reader, priority="1")
    counts = re.findall(r'(\w[\w ]*) <span class="count">([\d,+]+)</span>', text)
    assert dict(counts) == {
        "Open": "4",
        "Being prepared": "2",
        "Ready to read": "1",
        "In review": "1",
        "Signed": "2",
        "All": "6",
    }


def test_the_empty_states_say_what_to_do(reader: Client, department: Department) -> None:
    assert "Upload the first radiograph" in page(reader)
    make_case(department, status="SIGNED")
    assert "Show all cases" in page(reader)
    assert "Clear the filters" in page(reader, priority="1")


def test_nothing_of_the_model_stands_in_the_list(reader: Client, department: Department) -> None:
    case = make_readable_case(department)
    text = page(reader)
    assert str(case.pk) in text
    # the filter offers the whole vocabulary to everybody
    text = re.sub(r'<select name="finding".*?</select>', "", text, flags=re.DOTALL)
    assert not re.search(r"cardiomegaly|effusion|0\.9\b|score", text, re.IGNORECASE)


def test_sixty_cases_cost_as_many_queries_as_one(
    reader: Client, department: Department, django_assert_max_num_queries
) -> None:
    for _ in range(60):
        case = make_case(department)
        for _ in range(2):
            make_run(make_image(case, thumbnail_key="t"))
    page(reader)  # the first one of a while notes, in a savepoint, that the session is alive
    with django_assert_max_num_queries(13):
        assert len(shown(reader)) == 50


def test_claiming_gives_me_the_case_and_is_recorded(
    reader: Client, clinician: User, department: Department
) -> None:
    case = make_case(department)
    response = reader.post(f"{LIST}{case.pk}/claim/", {"back": "tab=ready&q=a%20b"})
    assert response["Location"] == f"{LIST}?tab=ready&q=a+b"
    case.refresh_from_db()
    assert case.assignee == clinician
    event = AccessEvent.objects.get(verb="change", target_key=str(case.pk))
    assert (event.actor, event.detail) == (clinician, "claimed")


def test_a_taken_case_stays_with_who_has_it(reader: Client, department: Department) -> None:
    other = make_user("clinician", department, full_name="Dr Other")
    case = make_case(department, assignee=other)
    response = reader.post(f"{LIST}{case.pk}/claim/", {"back": "//evil.example"}, follow=True)
    case.refresh_from_db()
    assert case.assignee == other
    assert "Dr Other has this case already." in response.content.decode()
    assert response.redirect_chain[0][0].startswith(LIST)


def test_a_stranger_cannot_claim(client: Client, stranger: User, department: Department) -> None:
    case = make_case(department)
    client.force_login(stranger)
    assert client.post(f"{LIST}{case.pk}/claim/").status_code == 404
    case.refresh_from_db()
    assert case.assignee is None
