"""Pages and API of patients: what a clinician can do, and who must not see."""

from __future__ import annotations

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from cxrportal.accounts.models import AccessEvent
from patients.models import Patient
from tests.support.people import make_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, clinician):
    client.force_login(clinician)
    return client


@pytest.fixture
def api(clinician) -> APIClient:
    client = APIClient()
    client.force_login(clinician)
    return client


def fields(department, **changed: object) -> dict[str, object]:
    values = {"department": str(department.pk), "mrn": "N1", "name": "New Person", "sex": "F"}
    return values | changed


def test_a_patient_is_made_and_the_making_is_recorded(page, department) -> None:
    answer = page.post(reverse("patients:create"), fields(department))
    patient = Patient.objects.get()
    assert answer.headers["Location"] == reverse("chart:detail", args=[patient.pk])
    event = AccessEvent.objects.filter(verb="create", target_type="patient").get()
    assert event.target_key == str(patient.pk)


@pytest.mark.parametrize("born", ["2999-01-01", "1899-12-31", "soon"])
def test_an_impossible_birth_date_is_refused(page, department, born) -> None:
    answer = page.post(reverse("patients:create"), fields(department, birth_date=born))
    assert answer.status_code == 400
    assert not Patient.objects.exists()


def test_an_mrn_that_is_taken_names_its_holder(page, department) -> None:
    make_patient(department, mrn="N1", name="Old Person")
    answer = page.post(reverse("patients:create"), fields(department))
    assert answer.status_code == 400
    assert "Old Person" in answer.content.decode()


def test_a_stale_edit_says_so_and_keeps_what_was_saved(page, department) -> None:
    patient = make_patient(department, name="Before")
    Patient.objects.update(name="Meanwhile", version=2)
    url = reverse("patients:edit", args=[patient.pk])
    answer = page.post(url, {"mrn": patient.mrn, "name": "Mine", "version": 1})
    assert answer.status_code == 409
    assert "meanwhile" in answer.content.decode()
    patient.refresh_from_db()
    assert patient.name == "Meanwhile"


def test_hostile_names_are_text(page, department) -> None:
    make_patient(department, name="<img src=x onerror=alert(1)>")
    shown = page.get(reverse("patients:list")).content.decode()
    assert "<img src=x" not in shown
    assert "&lt;img src=x" in shown


def test_the_list_pages_without_gaps_or_repeats(page, department) -> None:
    made = {make_patient(department, name=f"Person {n:03}").name for n in range(103)}
    seen: list[str] = []
    after = ""
    while True:
        context = page.get(reverse("patients:list"), {"after": after}).context["page"]
        seen += [p.name for p in context.rows]
        after = context.after
        if not after:
            break
    assert sorted(seen) == sorted(made)


@pytest.mark.parametrize("after", ["x", "00000000-0000-0000-0000-000000000000", "'--"])
def test_a_senseless_cursor_starts_at_the_front(page, department, after) -> None:
    make_patient(department)
    answer = page.get(reverse("patients:list"), {"after": after})
    assert len(answer.context["page"].rows) == 1


def test_search_as_you_type_answers_a_few(page, department, other_department) -> None:
    for _ in range(12):
        make_patient(department, name="Same Name")
    make_patient(other_department, name="Same Stranger")
    found = page.get(reverse("patients:suggest"), {"q": "same"}).json()["patients"]
    assert len(found) == 8
    assert {p["name"] for p in found} == {"Same Name"}


def test_a_stranger_finds_nothing_anywhere(client, stranger, department) -> None:
    patient = make_patient(department, name="Secret")
    client.force_login(stranger)
    assert b"Secret" not in client.get(reverse("patients:list"), {"q": "secret"}).content
    assert client.get(reverse("patients:suggest"), {"q": "secret"}).json() == {"patients": []}
    for name in ("patients:edit", "chart:detail", "chart:confirm", "chart:merge"):
        assert client.get(reverse(name, args=[patient.pk])).status_code == 404


def test_the_api_pages_searches_and_hides(api, department, other_department) -> None:
    mine = make_patient(department, name="Findable")
    other = make_patient(other_department, name="Findable Elsewhere")
    found = api.get("/api/v1/patients/", {"search": "findable"}).json()["results"]
    assert [p["id"] for p in found] == [str(mine.pk)]
    assert api.get(f"/api/v1/patients/{other.pk}/").status_code == 404


def test_the_api_refuses_a_stale_edit_with_its_code(api, department) -> None:
    patient = make_patient(department)
    url = f"/api/v1/patients/{patient.pk}/"
    assert api.patch(url, {"name": "A", "version": 1}).status_code == 200
    stale = api.patch(url, {"name": "B", "version": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    assert api.patch(url, {"name": "B"}).json()["code"] == "invalid"


def test_the_api_does_not_make_patients_in_strange_departments(api, other_department) -> None:
    answer = api.post("/api/v1/patients/", fields(other_department))
    assert answer.status_code == 400
    assert not Patient.objects.exists()


def test_the_api_says_which_mrn_is_taken(api, department) -> None:
    make_patient(department, mrn="N1")
    answer = api.post("/api/v1/patients/", fields(department))
    assert (answer.status_code, answer.json()["code"]) == (409, "mrn_taken")


@pytest.mark.parametrize("born", ["2999-01-01", "1899-12-31"])
def test_the_api_refuses_an_impossible_birth_date(api, department, born) -> None:
    answer = api.post("/api/v1/patients/", fields(department, birth_date=born))
    assert (answer.status_code, answer.json()["code"]) == (400, "birth_date_impossible")
    assert not Patient.objects.exists()


def test_a_birth_date_is_typed_year_first(page, department) -> None:
    answer = page.post(reverse("patients:create"), fields(department, birth_date="04/09/1951"))
    assert answer.status_code == 400
    assert not Patient.objects.exists()


def test_a_claimed_mrn_is_not_shown_as_an_mrn(page, department) -> None:
    make_patient(department, mrn="", claimed_mrn="C9", confirmed=False, name="Unchecked Person")
    found = page.get(reverse("patients:suggest"), {"q": "unchecked"}).json()["patients"]
    assert (found[0]["mrn"], found[0]["claimed_mrn"], found[0]["confirmed"]) == ("", "C9", False)
