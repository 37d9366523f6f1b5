"""The demo: a newcomer finds something on every page, and running it again changes nothing."""

from __future__ import annotations

import pytest

from annotations.models import Measurement, Notification, PriorMark, Review, SignedReport
from annotations.selectors import needs_adjudication_by
from cases.models import Case
from cxrportal.accounts.models import Department, User
from cxrportal.demo import people, stories
from cxrportal.demo.cases import demo_cases

pytestmark = pytest.mark.django_db


def test_the_demo_has_reads_reports_a_dispute_and_a_discussion() -> None:
    logins = people.demo_people()
    assert [login.role for login in logins] == [
        "admin", "clinician", "second reader", "adjudicator", "researcher",
    ]  # fmt: skip
    assert people.demo_people() == []
    department = Department.objects.get(name=people.DEPARTMENT)
    by_email = {user.email: user for user in User.objects.all()}
    first = by_email[people.CLINICIAN_EMAIL]
    demo_cases(department=department, clinician=first)
    assert stories.demo_stories(department) == 5

    def status(accession: str) -> str:
        return Case.objects.get(accession_number=accession).status

    assert (status(stories.SIGNED), status(stories.FOLLOWED)) == ("SIGNED", "SIGNED")
    assert status(stories.AMENDED) == "AMENDED"
    amended = SignedReport.objects.get(case__accession_number=stories.AMENDED, version=2)
    assert amended.content["measurements"]
    waiting = needs_adjudication_by(by_email[people.ADJUDICATOR_EMAIL])
    assert [case.accession_number for case in waiting] == [stories.DISPUTED]
    assert PriorMark.objects.filter(mark="RESOLVED").exists()
    told = Notification.objects.values_list("recipient__email", flat=True)
    assert set(told) == {people.CLINICIAN_EMAIL, people.SECOND_EMAIL}
    assert Case.objects.filter(reviews=None).count() == 4  # left for the newcomer to read

    counts = (Review.objects.count(), Measurement.objects.count())
    assert stories.demo_stories(department) == 0
    assert (Review.objects.count(), Measurement.objects.count()) == counts
