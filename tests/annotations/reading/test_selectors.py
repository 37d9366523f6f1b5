"""What the reading room is told of a case."""

from __future__ import annotations

from datetime import date

from annotations.reading.selectors import reading_json
from cxrportal.accounts.models import Department, User
from tests.support.cases import make_case, make_patient


def test_the_age_is_that_of_the_day_of_the_study(clinician: User, department: Department) -> None:
    patient = make_patient(department, birth_date=date(1940, 5, 20))
    told = [
        reading_json(clinician, make_case(department, patient, study_date=day))["patient"]
        for day in (date(2004, 5, 19), date(2004, 5, 20))
    ]
    assert [patient["age_years"] for patient in told] == [63, 64]
