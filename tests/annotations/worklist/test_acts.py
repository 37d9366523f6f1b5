"""Flags, many cases at once, and filters that are kept."""

from __future__ import annotations

import pytest
from django.test import Client

from annotations.models import Flag, SavedFilter
from annotations.worklist.services import (
    MAX_AT_ONCE,
    MAX_FILTERS,
    FilterNameTaken,
    TooManyCases,
    TooManyFilters,
    cases_change,
    filter_change,
    filter_save,
)
from annotations.worklist.views.acts import chosen_versions
from cases.models import Case
from cxrportal.accounts.models import AccessEvent, Department, User
from tests.support.cases import make_case
from tests.support.people import make_user

LIST = "/worklist/"


@pytest.fixture
def reader(client: Client, clinician: User) -> Client:
    client.force_login(clinician)
    return client


def chosen(*cases: Case) -> list[str]:
    return [f"{case.pk}:{case.version}" for case in cases]


def bulk(client: Client, **data: object) -> str:
    response = client.post(f"{LIST}bulk/", data, follow=True)
    assert response.redirect_chain[0][0].startswith(LIST)
    return response.content.decode()


def test_cases_are_given_to_a_colleague_and_each_is_recorded(
    reader: Client, department: Department
) -> None:
    cases = [make_case(department) for _ in range(2)]
    colleague = make_user("clinician", department, full_name="Dr Other")
    text = bulk(reader, act="assign", assignee=colleague.pk, case=chosen(*cases))
    assert "2 cases given to Dr Other." in text
    assert {case.assignee for case in Case.objects.all()} == {colleague}
    assert AccessEvent.objects.filter(verb="change", target_type="case").count() == 2
    changed = list(Case.objects.all())
    assert "given to nobody" in bulk(reader, act="assign", assignee="", case=chosen(*changed))


def test_a_case_that_changed_meanwhile_is_told_and_stays(
    reader: Client, department: Department
) -> None:
    stale, fresh = make_case(department, accession_number="A1"), make_case(department)
    text = bulk(reader, act="priority", priority="1", case=[f"{stale.pk}:99", *chosen(fresh)])
    assert "1 case made stat." in text
    assert "A1: Somebody changed this case meanwhile." in text
    assert set(Case.objects.values_list("pk", "priority")) == {(stale.pk, 3), (fresh.pk, 1)}


def test_nobody_from_elsewhere_is_given_a_case(
    reader: Client, stranger: User, department: Department
) -> None:
    case = make_case(department)
    text = bulk(reader, act="assign", assignee=stranger.pk, case=chosen(case))
    assert "given to" not in text
    case.refresh_from_db()
    assert case.assignee is None


def test_a_colleague_of_my_other_department_is_refused_by_name(
    reader: Client, clinician: User, department: Department, other_department: Department
) -> None:
    clinician.memberships.create(department=other_department, role="clinician")
    elsewhere = make_user("clinician", other_department)
    case = make_case(department, accession_number="A1")
    text = bulk(reader, act="assign", assignee=elsewhere.pk, case=chosen(case))
    assert "A1: Only a clinician of the department" in text


def test_cases_of_others_are_not_touched(reader: Client, other_department: Department) -> None:
    case = make_case(other_department)
    bulk(reader, act="priority", priority="1", case=chosen(case))
    case.refresh_from_db()
    assert case.priority == 3


def test_nothing_chosen_or_a_broken_form_changes_nothing(
    reader: Client, department: Department
) -> None:
    case = make_case(department)
    assert "No case was chosen." in bulk(reader, act="assign", assignee="")
    assert "Choose a priority." in bulk(reader, act="priority", case=chosen(case))
    case.refresh_from_db()
    assert case.version == 1
    assert chosen_versions(["", "x:1", str(case.pk), f"{case.pk}:two"]) == {}


def test_too_many_cases_at_once_are_refused(clinician: User, department: Department) -> None:
    cases = [make_case(department)] * (MAX_AT_ONCE + 1)
    with pytest.raises(TooManyCases):
        cases_change(cases=cases, seen={}, actor=clinician, values={}, on_change=print)


def test_a_flag_is_set_twice_and_taken_away(reader: Client, department: Department) -> None:
    case = make_case(department)
    for _ in range(2):
        reader.post(f"{LIST}{case.pk}/flag/", {"on": "1", "back": "tab=all"})
    assert Flag.objects.count() == 1
    assert 'aria-pressed="true"' in reader.get(LIST).content.decode()
    assert reader.delete(f"/api/v1/cases/{case.pk}/flag/").status_code == 204
    assert Flag.objects.count() == 0
    assert reader.put(f"/api/v1/cases/{case.pk}/flag/").status_code == 204
    assert Flag.objects.count() == 1


def test_a_filter_is_kept_and_the_default_one_opens_the_list(reader: Client) -> None:
    reader.post(f"{LIST}filters/", {"name": "Mine", "query": "assignee=me", "is_default": "on"})
    assert reader.get(LIST)["Location"] == f"{LIST}?assignee=me"
    text = reader.get(LIST, {"assignee": "me"}).content.decode()
    assert 'aria-current="true">Mine' in text
    saved = SavedFilter.objects.get()
    reader.post(f"{LIST}filters/{saved.pk}/", {"name": "Ours"})
    saved.refresh_from_db()
    assert (saved.name, saved.is_default) == ("Ours", False)
    reader.post(f"{LIST}filters/{saved.pk}/", {"act": "delete"})
    assert not SavedFilter.objects.exists()


def test_a_filter_of_somebody_else_is_404(reader: Client, department: Department) -> None:
    other = make_user("clinician", department)
    saved = filter_save(user=other, name="Theirs", query="")
    assert reader.post(f"{LIST}filters/{saved.pk}/", {"act": "delete"}).status_code == 404
    assert "Theirs" not in reader.get(LIST).content.decode()


def test_names_are_unique_numbers_limited_and_one_default(clinician: User) -> None:
    first = filter_save(user=clinician, name="A", query="", is_default=True)
    second = filter_save(user=clinician, name="B", query="", is_default=True)
    first.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)
    with pytest.raises(FilterNameTaken):
        filter_save(user=clinician, name="A", query="")
    with pytest.raises(FilterNameTaken):
        filter_change(saved=second, name="A", is_default=False)
    for number in range(MAX_FILTERS - 2):
        filter_save(user=clinician, name=str(number), query="")
    with pytest.raises(TooManyFilters):
        filter_save(user=clinician, name="one more", query="")


def test_a_name_is_needed(reader: Client) -> None:
    reader.post(f"{LIST}filters/", {"name": " ", "query": ""})
    assert not SavedFilter.objects.exists()
