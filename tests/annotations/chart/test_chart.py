"""The chart, confirming who somebody is, merging duplicates."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils import timezone

from annotations.chart.selectors import candidates, timeline
from annotations.chart.services import MergeRefused, patient_merge
from annotations.models import SignedReport
from cases.models import Case, CaseEvent
from cxrportal.accounts.models import AccessEvent
from cxrportal.accounts.permissions import NotAllowed
from patients.models import Patient
from patients.services import (
    PatientConfirmed,
    PatientMerged,
    patient_archive,
    patient_confirm,
    patient_restore,
    patient_update,
)
from tests.support.cases import make_case, make_image, make_review
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
    said = {"mrn": "A1", "name": "Put Right", "birth_date": "1951-04-09", "sex": "M"}
    page.post(reverse("chart:confirm", args=[patient.pk]), said)
    patient.refresh_from_db()
    assert (patient.confirmed, patient.mrn, patient.name) == (True, "A1", "Put Right")
    assert (patient.birth_date, patient.sex) == (date(1951, 4, 9), "M")
    assert AccessEvent.objects.get(verb="change").target_key == str(patient.pk)


@pytest.mark.parametrize("said", [{"mrn": "A1"}, {"name": "No Number"}, {"mrn": "A1", "name": " "}])
def test_a_new_patient_has_a_name_and_an_mrn(page, department, said) -> None:
    patient = unconfirmed(department)
    assert page.post(reverse("chart:confirm", args=[patient.pk]), said).status_code == 400
    patient.refresh_from_db()
    assert not patient.confirmed


def test_a_patient_is_not_confirmed_twice(clinician, department) -> None:
    patient = unconfirmed(department)
    patient_confirm(patient=patient, actor=clinician, mrn="A1")
    with pytest.raises(PatientConfirmed):
        patient_confirm(patient=patient, actor=clinician, mrn="A2")
    patient.refresh_from_db()
    assert patient.mrn == "A1"


def test_an_archived_holder_of_the_mrn_is_offered(clinician, department) -> None:
    """Else nobody could be confirmed: the MRN is taken, and its holder cannot be chosen."""
    holder = make_patient(department, mrn="A1", name="Away", is_archived=True)
    assert candidates(clinician, unconfirmed(department, name="")) == [holder]


def test_the_mrn_of_a_merged_record_leads_to_the_kept_one(clinician, department) -> None:
    kept, gone = make_patient(department, name="B"), make_patient(department, mrn="A1", name="B")
    patient_merge(duplicate=gone, kept=kept, actor=clinician)
    assert candidates(clinician, unconfirmed(department, name="")) == [kept]


def test_anybody_of_the_department_is_found_by_mrn(page, clinician, department) -> None:
    other = make_patient(department, mrn="B7", name="Unlike")
    patient = unconfirmed(department, name="Somebody", claimed_mrn="")
    case = make_case(department, patient)
    url = reverse("chart:confirm", args=[patient.pk])
    assert "B7" not in page.get(url).content.decode()
    assert "B7" in page.get(url, {"mrn": "B7"}).content.decode()
    page.post(f"{url}?mrn=B7", {"candidate": str(other.pk)})
    case.refresh_from_db()
    assert case.patient == other


def test_a_known_patient_with_other_data_needs_a_tick(page, department) -> None:
    known = make_patient(department, mrn="A1", sex="M")
    patient = unconfirmed(department, sex="F")
    url = reverse("chart:confirm", args=[patient.pk])
    assert "despite_conflict" in page.get(url).content.decode()
    answer = page.post(url, {"candidate": str(known.pk)})
    assert answer.status_code == 409
    assert "differ in sex" in answer.content.decode()
    page.post(url, {"candidate": str(known.pk), "despite_conflict": "on"})
    patient.refresh_from_db()
    assert patient.merged_into == known


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [("/worklist/", "/worklist/"), ("https://evil.example/", "chart"), ("//evil.example", "chart")],
)
def test_confirming_leads_back_to_a_page_of_ours_only(page, department, wanted, leads_to) -> None:
    patient = unconfirmed(department)
    url = reverse("chart:confirm", args=[patient.pk])
    answer = page.post(f"{url}?next={wanted}", {"mrn": "A1", "name": "New"})
    chart = reverse("chart:detail", args=[patient.pk])
    assert answer.headers["Location"] == (chart if leads_to == "chart" else leads_to)


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
    event = CaseEvent.objects.get(case=case)
    assert (event.reason, event.actor, event.to_status) == (
        "patient_merged",
        clinician,
        case.status,
    )


def test_the_merge_page_compares_before_it_merges(page, department) -> None:
    kept = make_patient(department, mrn="K1", name="Kept One", sex="F")
    duplicate = make_patient(department, name="Kept One", sex="M")
    make_case(department, duplicate)
    url = reverse("chart:merge", args=[duplicate.pk])
    shown = page.get(url, {"kept_mrn": "K1"})
    assert shown.context["kept"].conflicts == ("sex",)
    assert "1 case moves to Kept One" in shown.content.decode()
    assert page.post(url, {"kept_mrn": "K1"}).status_code == 409
    duplicate.refresh_from_db()
    assert duplicate.merged_into is None
    page.post(url, {"kept_mrn": "K1", "despite_conflict": "on"})
    duplicate.refresh_from_db()
    assert duplicate.merged_into == kept


def test_a_merge_into_a_strangers_patient_finds_nobody(page, department, other_department) -> None:
    make_patient(other_department, mrn="K1")
    url = reverse("chart:merge", args=[make_patient(department).pk])
    assert page.post(url, {"kept_mrn": "K1"}).status_code == 400
    assert page.get(url, {"kept_mrn": "K1"}).context["kept"] is None


def test_a_merged_record_is_not_changed_any_more(page, clinician, department) -> None:
    kept, gone = make_patient(department), make_patient(department)
    patient_merge(duplicate=gone, kept=kept, actor=clinician)
    gone.refresh_from_db()
    chart = reverse("chart:detail", args=[kept.pk])
    for name in ("patients:edit", "chart:merge", "chart:confirm"):
        assert page.get(reverse(name, args=[gone.pk])).headers["Location"] == chart, name
    for act in (patient_archive, patient_restore):
        with pytest.raises(PatientMerged):
            act(patient=gone, actor=clinician)
    with pytest.raises(PatientMerged):
        patient_update(patient=gone, actor=clinician, version=gone.version, name="X")


def test_what_was_signed_cannot_be_deleted(clinician, department) -> None:
    case = make_case(department, status=Case.Status.SIGNED)
    review = make_review(case, clinician, state="COMPLETED", completed_at=timezone.now())
    SignedReport.objects.create(
        case=case, review=review, version=1, content={}, content_sha256="0" * 64, pdf_key="k",
        pdf_sha256="0" * 64, signed_by=clinician, signed_at=timezone.now(),
    )  # fmt: skip
    for row in (case, case.patient, review, clinician, department):
        with pytest.raises(ProtectedError):
            row.delete()


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
