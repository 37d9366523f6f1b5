"""Pages of uploading and of the case form: what is refused, what is recorded, who must not see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, CaseEvent
from cases.services.cases import AssigneeElsewhere, case_assign
from cxrportal.accounts.models import AccessEvent
from tests.support.cases import make_case
from tests.support.people import make_patient, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, clinician):
    client.force_login(clinician)
    return client


def test_a_case_is_made_by_hand_and_leads_to_its_upload(page, clinician, department) -> None:
    patient = make_patient(department, is_synthetic=True)
    url = reverse("cases:create", args=[patient.pk])
    answer = page.post(url, {"priority": "1", "clinical_question": "Effusion?"})
    case = Case.objects.get()
    assert answer.headers["Location"] == f"{reverse('cases:upload')}?case={case.pk}"
    assert (case.patient, case.study_date, case.is_synthetic) == (
        patient,
        timezone.localdate(),
        True,
    )
    event = CaseEvent.objects.get()
    assert (event.actor, event.to_status, event.reason) == (clinician, "RECEIVED", "made_by_hand")
    assert AccessEvent.objects.get(verb="create").target_key == str(case.pk)


@pytest.mark.parametrize("days", [2, 400])
def test_a_study_to_come_is_refused(page, department, days) -> None:
    patient = make_patient(department)
    day = timezone.localdate() + timedelta(days=days)
    url = reverse("cases:create", args=[patient.pk])
    answer = page.post(url, {"priority": "3", "study_date": day.isoformat()})
    assert answer.status_code == 400
    assert not Case.objects.exists()


def test_a_study_date_is_never_guessed(page, department) -> None:
    url = reverse("cases:create", args=[make_patient(department).pk])
    assert page.post(url, {"priority": "3", "study_date": "03/04/2026"}).status_code == 400


def test_the_api_refuses_a_study_to_come(page, department) -> None:
    values = {"patient": str(make_patient(department).pk), "study_date": "2999-01-01"}
    answer = page.post("/api/v1/cases/", values)
    assert (answer.status_code, answer.json()["code"]) == (400, "study_date_impossible")


def test_an_archived_patient_gets_no_new_case_and_no_upload(page, department) -> None:
    patient = make_patient(department, is_archived=True)
    assert page.get(reverse("cases:create", args=[patient.pk])).status_code == 404
    assert page.get(reverse("cases:upload"), {"patient": patient.pk}).status_code == 404
    chart = page.get(reverse("chart:detail", args=[patient.pk])).content.decode()
    assert reverse("cases:create", args=[patient.pk]) not in chart


def test_archiving_a_case_is_an_event_and_changes_no_state(page, department) -> None:
    case = make_case(department, status=Case.Status.SIGNED)
    for act in ("archive", "restore"):
        page.post(reverse("cases:archive", args=[case.pk, act]))
    case.refresh_from_db()
    assert (case.status, case.is_archived, case.version) == ("SIGNED", False, 3)
    assert list(CaseEvent.objects.values_list("reason", flat=True)) == ["archived", "restored"]
    assert AccessEvent.objects.filter(verb="change", target_type="case").count() == 2


def test_nothing_but_archive_and_restore_is_done_to_a_case(page, department) -> None:
    case = make_case(department)
    assert page.post(reverse("cases:archive", args=[case.pk, "delete"])).status_code == 404
    assert Case.objects.exists()


def test_who_left_gets_no_case(clinician, department) -> None:
    gone = make_user("clinician", department, is_active=False)
    with pytest.raises(AssigneeElsewhere):
        case_assign(case=make_case(department), actor=clinician, assignee=gone)


def test_a_stranger_reaches_no_page_of_a_case(client, stranger, department) -> None:
    client.force_login(stranger)
    case = make_case(department)
    assert client.get(reverse("cases:edit", args=[case.pk])).status_code == 404
    assert client.get(reverse("cases:upload"), {"case": case.pk}).status_code == 404
    assert client.get(reverse("cases:upload"), {"patient": case.patient_id}).status_code == 404
    assert client.get(reverse("cases:create", args=[case.patient_id])).status_code == 404
    assert client.post(reverse("cases:archive", args=[case.pk, "archive"])).status_code == 404
    case.refresh_from_db()
    assert not case.is_archived
