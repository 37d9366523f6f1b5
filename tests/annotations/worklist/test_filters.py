"""What each filter lets through, and what a filter must not tell."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from annotations.models import Finding, Flag, Review
from annotations.worklist.filters import asked_for, years_before
from annotations.worklist.query import WorklistQuery
from cases.models import Case
from cxrportal.accounts.models import Department, User
from tests.support.cases import (
    make_case,
    make_image,
    make_readable_case,
    make_review,
    make_run,
)
from tests.support.people import make_patient, make_user


def found(user: User, **fields: object) -> set[Case]:
    return set(asked_for(user, WorklistQuery(**fields)))


@pytest.mark.parametrize(
    ("day", "years", "birthday"),
    [
        (date(2026, 3, 1), 66, date(1960, 3, 1)),
        (date(2024, 2, 29), 1, date(2023, 2, 28)),
        (date(2026, 3, 1), 3000, date.min),
    ],
)
def test_who_turns_so_old_today(day: date, years: int, birthday: date) -> None:
    assert years_before(day, years) == birthday


def test_age_counts_whole_years(clinician: User, department: Department) -> None:
    today = timezone.localdate()
    born = years_before(today, 40)
    cases = {
        name: make_case(department, make_patient(department, birth_date=day))
        for name, day in [
            ("40 today", born),
            ("40 tomorrow", born + timedelta(days=1)),
            ("41 tomorrow", years_before(today, 41) + timedelta(days=1)),
            ("unknown", None),
        ]
    }
    assert found(clinician, age_from=40, age_to=40) == {cases["40 today"], cases["41 tomorrow"]}
    assert found(clinician, age_to=39) == {cases["40 tomorrow"]}


def test_sex_view_department_and_dates(clinician: User, department: Department) -> None:
    woman = make_case(department, study_date=date(2026, 1, 5))
    man = make_case(department, make_patient(department, sex="M"), study_date=date(2026, 2, 5))
    unknown = make_case(department, make_patient(department, sex=""))
    make_image(man, view_position="AP")
    old = timezone.now() - timedelta(days=30)
    Case.objects.filter(pk=woman.pk).update(created_at=old)
    assert found(clinician, sex="M") == {man}
    assert found(clinician, sex="unknown") == {unknown}
    assert found(clinician, view="AP") == {man}
    assert found(clinician, department=department.pk) == {woman, man, unknown}
    assert found(clinician, study_from=date(2026, 1, 5), study_to=date(2026, 2, 4)) == {woman}
    day = timezone.localdate(old)
    assert found(clinician, received_from=day, received_to=day) == {woman}


def test_a_department_of_others_is_not_to_be_had(
    clinician: User, other_department: Department
) -> None:
    make_case(other_department)
    assert found(clinician, department=other_department.pk) == set()


def test_a_flag_is_ones_own(clinician: User, department: Department) -> None:
    case, other = make_case(department), make_user("clinician", department)
    Flag.objects.create(user=other, case=case)
    assert found(clinician, flagged=True) == set()
    assert found(other, flagged=True) == {case}


def test_unread_is_what_waits_for_me(clinician: User, department: Department) -> None:
    waiting, read = make_readable_case(department), make_readable_case(department)
    make_case(department)  # not ready
    make_review(read, clinician, state=Review.State.COMPLETED, completed_at=timezone.now())
    assert found(clinician, unread=True) == {waiting}


def test_a_failure_counts_only_while_it_is_the_newest(
    clinician: User, department: Department
) -> None:
    image = make_image(make_case(department))
    first = make_run(image, state="FAILED").model_version
    assert found(clinician, failed=True) == {image.case}
    first.stage = "retired"
    first.save()
    make_run(image)
    assert found(clinician, failed=True) == set()


def test_a_finding_is_proposed_or_stated(clinician: User, department: Department) -> None:
    case = make_readable_case(department)
    drawn = make_case(department)
    review = make_review(drawn, clinician)
    Finding.objects.create(
        case=drawn, image=make_image(drawn), review=review, decision="DRAWN", label="effusion"
    )
    assert found(clinician, finding="effusion") == {case, drawn}
    assert found(clinician, finding="pneumothorax") == set()
    _reject(case, "effusion", make_review(case, clinician))
    assert found(clinician, finding="effusion") == {drawn}
    assert found(clinician, finding="cardiomegaly") == {case}


def _reject(case: Case, label: str, review: Review) -> None:
    proposal = case.findings.get(label=label, review=None)
    Finding.objects.create(
        case=case,
        image=proposal.image,
        review=review,
        decision="REJECTED",
        proposal=proposal,
        label=label,
    )


def test_a_blind_case_is_found_by_no_finding(clinician: User, department: Department) -> None:
    case = make_readable_case(department, read_blind=True)
    assert found(clinician, finding="effusion") == set()
    make_review(case, clinician, state=Review.State.COMPLETED, completed_at=timezone.now())
    assert found(clinician, finding="effusion") == {case}


def test_the_first_readers_rejection_does_not_move_the_second_readers_list(
    clinician: User, department: Department
) -> None:
    case = make_readable_case(department, reads_needed=2)
    first = make_user("clinician", department)
    assert found(clinician, finding="effusion") == {case}
    done = {"state": Review.State.COMPLETED, "completed_at": timezone.now()}
    _reject(case, "effusion", make_review(case, first, **done))
    assert found(clinician, finding="effusion") == {case}
    assert found(first, finding="effusion") == set()
