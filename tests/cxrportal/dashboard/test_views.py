"""The home page: which panels a role gets, what they count, and whom they show nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from annotations.models import Finding, Release, Review
from cases.models import Case, Image
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import Department, Membership, User
from cxrportal.dashboard.queue import all_queues, queues_of
from cxrportal.dashboard.selectors import frequent_findings, opened_patients, states_of
from inference.models import InferenceRun
from tests.support.cases import make_case, make_image, make_model, make_review, make_run
from tests.support.people import make_patient, make_user
from tests.support.second_factors import signed_in


def home(client: Client, user: User) -> str:
    response = signed_in(client, user).get("/")
    assert response.status_code == 200
    return response.content.decode()


def read_case(department: Department, reader: User, *labels: str, days_ago: int = 1) -> Case:
    """A case that ``reader`` has completed, with findings of their own on the whole image."""
    case = make_case(department, status="SIGNED")
    image = make_image(case)
    done = timezone.now() - timedelta(days=days_ago)
    review = make_review(case, reader, state=Review.State.COMPLETED, completed_at=done)
    for label in labels:
        Finding.objects.create(case=case, image=image, review=review, decision="DRAWN", label=label)
    return case


def test_anonymous_is_sent_to_the_login(client: Client, db: None) -> None:
    response = client.get("/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_a_clinician_without_cases_is_told_what_to_do(client: Client, clinician: User) -> None:
    text = home(client, clinician)
    assert "Upload the first radiograph" in text
    assert "No completed read in the last 30 days" in text
    assert "Find a patient" in text
    assert "Registrations" not in text
    assert "Latest releases" not in text


def test_a_researcher_sees_releases_and_no_case(
    client: Client, researcher: User, department: Department
) -> None:
    case = make_case(department)
    release = Release.objects.create(name="chest", number=3, created_by=researcher)
    release.departments.add(department)
    text = home(client, researcher)
    assert "chest@3" in text
    assert case.patient.name not in text
    assert "Newest cases" not in text
    assert "Background work" not in text


def test_a_release_of_another_department_is_not_shown(
    client: Client, researcher: User, other_department: Department
) -> None:
    release = Release.objects.create(name="theirs", number=1, created_by=researcher)
    release.departments.add(other_department)
    assert "theirs@1" not in home(client, researcher)


def test_an_administrator_sees_who_waits_and_no_patient(
    client: Client, admin: User, department: Department
) -> None:
    case = make_case(department)
    make_user(is_approved=False, email="newcomer@example.org")
    text = home(client, admin)
    assert "newcomer@example.org" in text
    assert "/admin/accounts/user/?is_approved__exact=0" in text
    assert "All departments" in text
    assert case.patient.name not in text


def test_two_roles_get_two_sets_of_panels(
    client: Client, clinician: User, department: Department
) -> None:
    Membership.objects.create(user=clinician, department=department, role="researcher")
    text = home(client, clinician)
    assert "Newest cases" in text
    assert "Latest releases" in text


def test_without_a_role_there_is_nothing_but_advice(client: Client, db: None) -> None:
    assert "You have no role yet" in home(client, make_user())


def test_the_active_model_is_named_with_its_hash(client: Client, clinician: User) -> None:
    model = make_model(name="dense", version="7.1")
    text = home(client, clinician)
    assert model.sha256[:12] in text
    assert "7.1" in text
    assert "Not for diagnosis without a clinician" in text


def test_a_strangers_cases_are_neither_listed_nor_counted(
    client: Client, clinician: User, other_department: Department
) -> None:
    case = make_case(other_department, status="PROPOSED")
    assert case.patient.name not in home(client, clinician)
    assert {state.count for state in states_of(clinician)} == {"0"}


def test_states_count_active_cases(clinician: User, department: Department) -> None:
    for status in ("RECEIVED", "INGESTED", "PROPOSED", "SIGNED"):
        make_case(department, status=status)
    make_case(department, status="PROPOSED", is_archived=True)
    numbers = {state.tab: state.count for state in states_of(clinician)}
    assert numbers == {"preparing": "2", "ready": "1", "in_review": "0", "signed": "1"}


def test_findings_are_counted_once_a_case(clinician: User, department: Department) -> None:
    read_case(department, clinician, "effusion", "effusion", "cardiomegaly")
    read_case(department, clinician, "effusion")
    read_case(department, clinician)
    found = frequent_findings(clinician)
    assert [(row.name, row.cases) for row in found.rows] == [
        ("Pleural effusion", 2),
        ("Cardiomegaly", 1),
    ]
    assert (found.cases_read, found.most) == (3, 2)


def test_findings_that_do_not_count(
    clinician: User, stranger: User, department: Department, other_department: Department
) -> None:
    read_case(department, clinician, "effusion", days_ago=91)
    read_case(other_department, stranger, "effusion")
    rejected = read_case(department, clinician, "effusion")
    proposal = Finding.objects.create(
        case=rejected, image=rejected.images.get(), decision="PROPOSED", label="effusion"
    )
    Finding.objects.filter(review__case=rejected).update(decision="REJECTED", proposal=proposal)
    opened = make_case(department, status="IN_REVIEW")
    Finding.objects.create(
        case=opened, image=make_image(opened), review=make_review(opened, clinician),
        decision="DRAWN", label="effusion",
    )  # fmt: skip
    assert frequent_findings(clinician).rows == ()


def test_patients_opened_last_come_first_and_once(
    clinician: User, department: Department, other_department: Department
) -> None:
    first, second = make_patient(department), make_patient(department)
    archived = make_patient(department, is_archived=True)
    foreign = make_patient(other_department)
    for patient in (first, second, archived, foreign, first):
        record_access(clinician, Verb.VIEW, patient)
    record_access(make_user("clinician", department), Verb.VIEW, make_patient(department))
    assert opened_patients(clinician) == [first, second]


def test_queues_count_only_the_users_departments(
    clinician: User, admin: User, department: Department, other_department: Department
) -> None:
    mine, theirs = make_case(department), make_case(other_department)
    make_image(mine, state=Image.State.WAITING)
    make_run(make_image(mine), state=InferenceRun.State.FAILED)
    make_image(theirs, state=Image.State.WAITING)
    images, runs = queues_of(clinician)
    assert (images.waiting, images.running, images.failed) == (1, 0, 0)
    assert (runs.waiting, runs.running, runs.failed) == (0, 0, 1)
    assert all_queues()[0].waiting == 2


@pytest.mark.parametrize(("leases", "stalled"), [(1, False), (3, True)])
def test_work_due_for_more_than_two_leases_means_no_worker(
    client: Client, clinician: User, department: Department, leases: int, stalled: bool
) -> None:
    now = timezone.now()  # the sweep nudged it just now, and nobody listened
    image = make_image(make_case(department), state=Image.State.WAITING, nudged_at=now)
    came = now - timedelta(seconds=leases * settings.LEASE_S)
    Image.objects.filter(pk=image.pk).update(created_at=came)
    assert ("The workers do not seem to run" in home(client, clinician)) is stalled


@pytest.mark.parametrize("sign", ["held", "finished"])
def test_a_long_queue_with_a_worker_on_it_is_no_fault(
    clinician: User, department: Department, other_department: Department, sign: str
) -> None:
    image = make_image(make_case(department), state=Image.State.WAITING)
    now = timezone.now()
    Image.objects.filter(pk=image.pk).update(created_at=now - timedelta(days=1))
    assert queues_of(clinician)[0].stalled
    signs = {
        "held": {"state": Image.State.RUNNING, "lease_until": now + timedelta(seconds=20)},
        "finished": {"finished_at": now},
    }
    make_image(make_case(other_department), **signs[sign])
    assert not queues_of(clinician)[0].stalled


def test_many_cases_cost_no_more_queries(
    client: Client, clinician: User, department: Department, django_assert_max_num_queries
) -> None:
    signed_in(client, clinician)
    for _ in range(30):
        case = read_case(department, clinician, "effusion")
        record_access(clinician, Verb.VIEW, case.patient)
        make_run(case.images.get())
    with django_assert_max_num_queries(19):
        assert client.get("/").status_code == 200
