"""The chart, confirming who somebody is, merging duplicates."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from annotations.chart.selectors import candidates, timeline
from annotations.chart.services import MergeRefused, patient_merge
from cases.models import Case
from cxrportal.accounts.models import AccessEvent
from cxrportal.accounts.permissions import NotAllowed
from patients.models import Patient
from tests.support.cases import make_case, make_image
from tests.support.people import make_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, clinician):
    client.force_login(clinician)
    return client


def unconfirmed(department, **fields: object) -> Patient:
    values = {"mrn": "", "confirmed": False, "claimed_mrn": "A1"} | fields
    return make_patient(department, **values)


def test_opening_a_chart_is_recorded_once(page, clinician, department) -> None:
    patient = make_patient(department)
    page.get(reverse("chart:detail", args=[patient.pk]))
    event = AccessEvent.objects.get(verb="view", target_type="patient")
    assert (event.actor, event.target_key) == (clinician, str(patient.pk))


def test_the_timeline_shows_every_case_newest_study_first(clinician, department) -> None:
    patient = make_patient(department)
    old = make_case(department, patient, study_date=date(2020, 1, 1))
    new = make_case(department, patient, study_date=date(2026, 1, 1), is_archived=True)
    make_image(new, thumbnail_key="t")
    entries = timeline(clinician, patient)
    assert [entry.case for entry in entries] == [new, old]
    assert entries[0].thumbnail_url
    assert entries[1].thumbnail_url == ""


def test_confirming_as_new_makes_the_patient_signable(page, department) -> None:
    patient = unconfirmed(department)
    page.post(reverse("chart:confirm", args=[patient.pk]), {"mrn": "A1"})
    patient.refresh_from_db()
    assert (patient.confirmed, patient.mrn) == (True, "A1")


def test_confirming_as_somebody_known_moves_the_cases(page, clinician, department) -> None:
    known = make_patient(department, mrn="A1")
    patient = unconfirmed(department)
    case = make_case(department, patient)
    assert candidates(clinician, patient) == [known]
    url = reverse("chart:confirm", args=[patient.pk])
    page.post(url, {"candidate": str(known.pk)})
    case.refresh_from_db()
    patient.refresh_from_db()
    assert (case.patient, patient.merged_into) == (known, known)
    answer = page.get(reverse("chart:detail", args=[patient.pk]))
    assert answer.headers["Location"] == reverse("chart:detail", args=[known.pk])


def test_nobody_is_linked_to_a_patient_who_is_no_candidate(page, department) -> None:
    someone = make_patient(department, mrn="B7", name="Unrelated")
    patient = unconfirmed(department, name="Other")
    url = reverse("chart:confirm", args=[patient.pk])
    assert page.post(url, {"candidate": str(someone.pk)}).status_code == 400
    patient.refresh_from_db()
    assert patient.merged_into is None


def test_candidates_never_come_from_another_department(
    clinician, department, other_department
) -> None:
    make_patient(other_department, mrn="A1")
    assert candidates(clinician, unconfirmed(department)) == []


def test_merging_moves_every_case_and_keeps_a_pointer(clinician, department) -> None:
    kept, duplicate = make_patient(department), make_patient(department)
    case = make_case(department, duplicate)
    patient_merge(duplicate=duplicate, kept=kept, actor=clinician)
    assert Case.objects.get(pk=case.pk).patient == kept
    duplicate.refresh_from_db()
    assert (duplicate.merged_into, duplicate.is_archived) == (kept, True)


def test_a_merge_is_refused_across_departments_and_onto_itself(
    clinician, department, other_department
) -> None:
    here, there = make_patient(department), make_patient(other_department)
    with pytest.raises(MergeRefused):
        patient_merge(duplicate=there, kept=here, actor=clinician)
    with pytest.raises(MergeRefused):
        patient_merge(duplicate=here, kept=here, actor=clinician)


def test_a_merge_of_different_people_needs_a_word(clinician, department) -> None:
    kept = make_patient(department, sex="F")
    duplicate = make_patient(department, sex="M")
    with pytest.raises(MergeRefused) as caught:
        patient_merge(duplicate=duplicate, kept=kept, actor=clinician)
    assert caught.value.code == "identities_conflict"
    patient_merge(duplicate=duplicate, kept=kept, actor=clinician, despite_conflict=True)


def test_a_merged_patient_is_not_merged_again(clinician, department) -> None:
    a, b, c = (make_patient(department) for _ in range(3))
    patient_merge(duplicate=a, kept=b, actor=clinician)
    with pytest.raises(MergeRefused):
        patient_merge(duplicate=a, kept=c, actor=clinician)


def test_a_stranger_does_not_merge(stranger, department) -> None:
    with pytest.raises(NotAllowed):
        patient_merge(
            duplicate=make_patient(department), kept=make_patient(department), actor=stranger
        )


def test_a_synthetic_patient_never_joins_a_real_one(clinician, department) -> None:
    kept, phantom = make_patient(department), make_patient(department, is_synthetic=True)
    with pytest.raises(MergeRefused):
        patient_merge(duplicate=phantom, kept=kept, actor=clinician)
