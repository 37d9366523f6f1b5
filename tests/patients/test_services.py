"""Patients: one MRN one patient, edits name the version they saw, nothing is deleted."""

from __future__ import annotations

from datetime import date

import pytest

from cxrportal.accounts.permissions import NotAllowed
from patients.matching import ClaimedIdentity, match
from patients.models import Patient
from patients.names import searchable
from patients.services import (
    MrnTaken,
    PatientChanged,
    PatientUnconfirmed,
    patient_archive,
    patient_confirm,
    patient_create,
    patient_match_or_create,
    patient_restore,
    patient_update,
)
from tests.support.people import make_patient

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Nguyễn, Văn Ánh", "nguyen van anh"),
        ("Đặng", "dang"),
        ("MÜLLER-Straße", "muller strasse"),
        ("O'Brien", "o brien"),
        ("  ", ""),
    ],
)
def test_names_are_compared_without_case_accents_and_marks(name: str, words: str) -> None:
    assert searchable(name) == words


def test_a_patient_is_found_by_any_word_of_the_name_and_by_mrn(department) -> None:
    patient = make_patient(department, name="Nguyễn Văn Ánh", mrn="X-77")
    for typed in ("nguyen", "Ánh", "van a", "x-7"):
        assert list(Patient.objects.matching(typed)) == [patient], typed
    for typed in ("uyen", "7", "nguyen bob"):
        assert not Patient.objects.matching(typed).exists(), typed


def test_an_mrn_is_unique_in_its_department_only(
    department, other_department, clinician, stranger
) -> None:
    patient_create(department=department, actor=clinician, mrn="A1", name="One")
    with pytest.raises(MrnTaken):
        patient_create(department=department, actor=clinician, mrn="A1", name="Two")
    patient_create(department=other_department, actor=stranger, mrn="A1", name="Three")
    assert Patient.objects.count() == 2


def test_nobody_makes_or_edits_patients_of_another_department(
    department, stranger, researcher, admin
) -> None:
    patient = make_patient(department)
    for actor in (stranger, researcher, admin):
        with pytest.raises(NotAllowed):
            patient_create(department=department, actor=actor, mrn="B", name="X")
        with pytest.raises(NotAllowed):
            patient_update(patient=patient, actor=actor, version=1, name="X")
        with pytest.raises(NotAllowed):
            patient_archive(patient=patient, actor=actor)


def test_a_confirmed_patient_needs_an_mrn(department, clinician) -> None:
    with pytest.raises(PatientUnconfirmed):
        patient_create(department=department, actor=clinician, name="No number", mrn=" ")


def test_a_stale_edit_is_refused_and_changes_nothing(department, clinician) -> None:
    patient = make_patient(department, name="Before")
    patient_update(patient=patient, actor=clinician, version=1, name="First")
    with pytest.raises(PatientChanged):
        patient_update(patient=patient, actor=clinician, version=1, name="Second")
    patient.refresh_from_db()
    assert (patient.name, patient.search_name, patient.version) == ("First", "first", 2)


def test_fields_that_are_not_a_clinicians_are_not_written(department, clinician) -> None:
    patient = make_patient(department)
    patient_update(patient=patient, actor=clinician, version=1, is_synthetic=True, confirmed=False)
    patient.refresh_from_db()
    assert (patient.is_synthetic, patient.confirmed) == (False, True)


def test_archiving_and_restoring_delete_nothing(department, clinician) -> None:
    patient = make_patient(department)
    assert patient_archive(patient=patient, actor=clinician).is_archived
    assert not Patient.objects.active().exists()
    assert not patient_restore(patient=patient, actor=clinician).is_archived


KNOWN = {"mrn": "A1", "birth_date": date(1960, 1, 31), "sex": "F"}


@pytest.mark.parametrize(
    ("claimed", "same"),
    [
        (ClaimedIdentity("A1", "", date(1960, 1, 31), "F"), True),
        (ClaimedIdentity("A1", "Another Name"), True),
        (ClaimedIdentity("A1", "", None, "M"), False),
        (ClaimedIdentity("A1", "", date(1960, 1, 30)), False),
        (ClaimedIdentity("A2", "", date(1960, 1, 31), "F"), False),
        (ClaimedIdentity("", "Patient", date(1960, 1, 31), "F"), False),
    ],
)
def test_only_an_mrn_with_nothing_against_it_matches(department, claimed, same) -> None:
    known = make_patient(department, **KNOWN)
    assert (match(department, claimed) == known) is same


def test_an_unconfirmed_patient_is_never_matched(department) -> None:
    make_patient(department, mrn="", confirmed=False, claimed_mrn="A1")
    assert match(department, ClaimedIdentity("A1")) is None


def test_patients_of_other_departments_are_never_matched(department, other_department) -> None:
    make_patient(other_department, **KNOWN)
    assert match(department, ClaimedIdentity("A1", "", date(1960, 1, 31), "F")) is None


def test_an_untrusted_sender_always_gets_an_unconfirmed_patient(department, clinician) -> None:
    make_patient(department, **KNOWN)
    made = patient_match_or_create(
        department=department, claimed=ClaimedIdentity("A1"), trusted=False, actor=clinician
    )
    assert (made.confirmed, made.mrn, made.claimed_mrn) == (False, "", "A1")


def test_confirming_gives_the_mrn_or_says_who_has_it(department, clinician) -> None:
    known = make_patient(department, **KNOWN)
    unconfirmed = make_patient(department, mrn="", confirmed=False, claimed_mrn="A1")
    with pytest.raises(MrnTaken):
        patient_confirm(patient=unconfirmed, actor=clinician, mrn="A1")
    with pytest.raises(PatientUnconfirmed):
        patient_confirm(patient=unconfirmed, actor=clinician, mrn=" ")
    done = patient_confirm(patient=unconfirmed, actor=clinician, mrn=" A9 ")
    assert (done.confirmed, done.mrn) == (True, "A9")
    assert known.confirmed
