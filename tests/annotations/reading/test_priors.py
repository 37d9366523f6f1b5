"""Priors beside a case: who sees them, what is said of their findings, and what comes next."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotations.models import Finding, PriorMark, Review, SignedReport
from annotations.priors import interval_in_words, prior_marks
from annotations.reading.services.reviews import review_amend
from cases.models import Case
from cxrportal.accounts.models import AccessEvent, Department, User
from tests.support.cases import make_case, make_image, make_readable_case, make_review
from tests.support.people import make_department, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(department: Department) -> Case:
    return make_readable_case(department, study_date=date(2026, 3, 1))


@pytest.fixture
def review(case: Case, clinician: User) -> Review:
    return make_review(case, clinician)


@pytest.fixture
def prior(case: Case, department: Department) -> Case:
    """Signed by a colleague four months before, with an effusion."""
    colleague = make_user("clinician", department)
    return sign(make_case(department, case.patient, study_date=date(2025, 11, 1)), colleague)


def sign(case: Case, reader: User) -> Case:
    image = make_image(case)
    done = {"state": Review.State.COMPLETED, "completed_at": timezone.now()}
    read = make_review(case, reader, **done)
    state_finding(read, image=image)
    make_report(read)
    Case.objects.filter(pk=case.pk).update(status=Case.Status.SIGNED)
    return case


def make_report(read: Review) -> None:
    SignedReport.objects.create(
        case=read.case,
        review=read,
        version=1,
        content={},
        signed_by=read.reader,
        signed_at=timezone.now(),
    )


def state_finding(review: Review, **fields: object) -> Finding:
    given = {"image": review.case.images.first(), "decision": "DRAWN", "label": "effusion"}
    return Finding.objects.create(case=review.case, review=review, **(given | fields))


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


MARKS = "/api/v1/prior-marks/"


def mark(user: User, review: Review, finding: object, word: str, client_id: object = None):
    sent = {"client_id": client_id or uuid.uuid4(), "review": review.pk, "finding": finding}
    return api(user).post(MARKS, sent | {"mark": word}, format="json")


def change(user: User, saved: dict, word: str, version: int = 1):
    sent = {"version": version, "mark": word}
    return api(user).patch(f"{MARKS}{saved['id']}/", sent, format="json")


def take_back(user: User, saved: dict, version: int = 1):
    return api(user).delete(f"{MARKS}{saved['id']}/?version={version}")


@pytest.mark.parametrize(
    ("earlier", "words"),
    [
        (date(2026, 3, 1), "the same day"),
        (date(2026, 2, 28), "1 day earlier"),
        (date(2026, 2, 16), "13 days earlier"),
        (date(2026, 2, 1), "4 weeks earlier"),
        (date(2025, 11, 1), "4 months earlier"),
        (date(2024, 3, 15), "24 months earlier"),
        (date(2021, 3, 1), "5 years earlier"),
        (date(2026, 3, 31), "4 weeks later"),
        (None, "interval unknown"),
    ],
)
def test_the_interval_is_said_in_words(earlier: date | None, words: str) -> None:
    assert interval_in_words(earlier, date(2026, 3, 1)) == words


def test_a_prior_shows_what_was_signed_without_the_model(case, prior, clinician) -> None:
    answer = api(clinician).get(f"/api/v1/cases/{case.pk}/priors/{prior.pk}/").json()
    assert answer["interval"] == "4 months earlier"
    assert [finding["name"] for finding in answer["findings"]] == ["Pleural effusion"]
    assert [image["analysis"] for image in answer["images"]] == [None]
    event = AccessEvent.objects.latest("id")
    assert (event.verb, event.target_key, event.detail) == ("view", str(prior.pk), "compared")


def test_an_unsigned_prior_has_no_findings_to_compare(case, department, clinician) -> None:
    other = make_readable_case(department, patient=case.patient)
    state_finding(make_review(other, make_user("clinician", department)))
    answer = api(clinician).get(f"/api/v1/cases/{case.pk}/priors/{other.pk}/").json()
    assert (answer["signed"], answer["findings"]) == (False, [])


def test_another_patients_case_and_another_departments_prior_are_not_found(
    case, department, clinician
) -> None:
    strangers = [
        make_case(department),
        make_case(make_department("Elsewhere"), case.patient),
        case,
    ]
    for other in strangers:
        address = f"/api/v1/cases/{case.pk}/priors/{other.pk}/"
        assert api(clinician).get(address).status_code == 404
    assert not AccessEvent.objects.filter(detail="compared").exists()


def test_a_prior_that_the_reader_reads_blind_keeps_its_findings(case, prior, clinician) -> None:
    Case.objects.filter(pk=prior.pk).update(read_blind=True)
    make_review(prior, clinician)
    answer = api(clinician).get(f"/api/v1/cases/{case.pk}/priors/{prior.pk}/").json()
    assert answer["findings"] == []
    hidden = Finding.objects.get(case=prior)
    assert mark(clinician, make_review(case, clinician), hidden.pk, "STABLE").status_code == 404


def test_a_mark_is_saved_replaced_and_taken_back(review, prior, clinician) -> None:
    finding = Finding.objects.get(case=prior)
    saved = mark(clinician, review, finding.pk, "STABLE")
    assert saved.status_code == 201
    assert change(clinician, saved.json(), "WORSE").json()["version"] == 2
    (marked,) = prior_marks(review)
    assert (marked.label, marked.text, marked.study_date) == (
        "effusion",
        "Worse",
        date(2025, 11, 1),
    )
    room = api(clinician).get(f"/api/v1/cases/{review.case_id}/reading/").json()
    (shown,) = room["prior_marks"]
    assert (shown["finding"], shown["own"], shown["mark"]) == (str(finding.pk), None, "WORSE")
    assert take_back(clinician, shown, version=2).status_code == 204
    assert prior_marks(review) == ()


def test_a_mark_sent_twice_is_one_row_and_the_first_word_stands(review, prior, clinician) -> None:
    finding = Finding.objects.get(case=prior)
    sent = uuid.uuid4()
    first = mark(clinician, review, finding.pk, "STABLE", sent)
    again = mark(clinician, review, finding.pk, "STABLE", sent)
    assert (again.status_code, again.json()) == (200, first.json())
    assert AccessEvent.objects.filter(detail="prior mark").count() == 1


def test_another_windows_word_is_not_written_over(review, prior, clinician) -> None:
    finding = Finding.objects.get(case=prior)
    saved = mark(clinician, review, finding.pk, "STABLE").json()
    same = mark(clinician, review, finding.pk, "STABLE")
    assert (same.status_code, same.json()["id"]) == (200, saved["id"])
    change(clinician, saved, "IMPROVED")
    answers = (
        mark(clinician, review, finding.pk, "WORSE"),
        change(clinician, saved, "WORSE"),
        take_back(clinician, saved),
    )
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (409, "version_conflict")
        assert answer.json()["current"]["mark"] == "IMPROVED"
    assert PriorMark.objects.get().mark == "IMPROVED"


def test_a_mark_is_changed_by_its_own_reader_only(review, prior, clinician, department) -> None:
    saved = mark(clinician, review, Finding.objects.get(case=prior).pk, "STABLE").json()
    for other in (department, make_department("Elsewhere")):
        stranger = make_user("clinician", other)
        assert change(stranger, saved, "WORSE").status_code == 404
        assert take_back(stranger, saved).status_code == 404
    assert PriorMark.objects.get().mark == "STABLE"


def test_new_is_said_of_findings_of_this_read_by_their_client_id(review, clinician) -> None:
    own = state_finding(review)
    saved = mark(clinician, review, own.client_id, "NEW").json()
    assert saved["own"] == str(own.client_id)
    answer = change(clinician, saved, "STABLE")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_mark")
    assert [marked.text for marked in prior_marks(review)] == ["New"]
    own.delete()
    assert prior_marks(review) == ()


def test_what_the_read_rejects_is_not_reported_as_new(review, clinician) -> None:
    proposal = Finding.objects.create(
        case=review.case, image=review.case.images.first(), decision="PROPOSED", label="mass"
    )
    accepted = state_finding(review, decision="ACCEPTED", proposal=proposal, label="mass")
    mark(clinician, review, accepted.pk, "NEW")
    assert [marked.label for marked in prior_marks(review)] == ["mass"]
    Finding.objects.filter(pk=accepted.pk).update(decision="REJECTED")
    assert prior_marks(review) == ()


@pytest.mark.parametrize(("of_prior", "word"), [(True, "NEW"), (False, "STABLE")])
def test_a_word_that_does_not_fit_is_refused(review, prior, clinician, of_prior, word) -> None:
    finding = Finding.objects.get(case=prior) if of_prior else state_finding(review)
    answer = mark(clinician, review, finding.pk, word)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_mark")


def test_findings_of_another_patient_are_refused(review, department, clinician) -> None:
    other = sign(make_case(department), make_user("clinician", department))
    answer = mark(clinician, review, Finding.objects.get(case=other).pk, "STABLE")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_mark")


def test_marks_are_frozen_with_the_read(review, prior, clinician) -> None:
    saved = mark(clinician, review, state_finding(review).pk, "NEW").json()
    done = {"state": Review.State.COMPLETED, "completed_at": timezone.now()}
    Review.objects.filter(pk=review.pk).update(**done)
    made = mark(clinician, review, Finding.objects.get(case=prior).pk, "STABLE")
    for answer in (made, change(clinician, saved, "NEW"), take_back(clinician, saved)):
        assert (answer.status_code, answer.json()["code"]) == (409, "review_completed")
    assert [marked.text for marked in prior_marks(review)] == ["New"]


def test_nobody_marks_in_the_read_of_another(review, prior, department) -> None:
    colleague = make_user("clinician", department)
    answer = mark(colleague, review, Finding.objects.get(case=prior).pk, "STABLE")
    assert answer.status_code == 403
    stranger = make_user("clinician", make_department("Elsewhere"))
    assert mark(stranger, review, uuid.uuid4(), "STABLE").status_code == 404


def test_an_amendment_starts_with_the_marks(review, prior, clinician) -> None:
    own = state_finding(review)
    mark(clinician, review, own.pk, "NEW")
    mark(clinician, review, Finding.objects.get(case=prior).pk, "RESOLVED")
    done = {"state": Review.State.COMPLETED, "completed_at": timezone.now()}
    Review.objects.filter(pk=review.pk).update(**done)
    Case.objects.filter(pk=review.case_id).update(status=Case.Status.SIGNED)
    make_report(review)
    amendment = review_amend(case=review.case, reader=clinician, reason="one more look")
    assert [marked.text for marked in prior_marks(amendment)] == ["New", "Resolved"]
    new = PriorMark.objects.get(review=amendment, mark="NEW")
    assert new.finding.review_id == amendment.pk


def test_what_comes_next_is_told_without_opening_it(case, department, clinician) -> None:
    following = make_readable_case(department)
    following.images.update(pixels_key="stored/pixels")
    answer = api(clinician).get(f"/api/v1/cases/{case.pk}/next/").json()
    image = following.images.get()
    assert answer == {
        "case": str(following.pk),
        "pixels": [f"/api/v1/images/{image.pk}/pixels/"],
    }
    following.refresh_from_db()
    assert following.status == Case.Status.PROPOSED
    assert not Review.objects.filter(case=following).exists()
    assert not AccessEvent.objects.exclude(verb="sign_in").exists()


def test_nothing_comes_next_where_nothing_waits(case, clinician) -> None:
    assert api(clinician).get(f"/api/v1/cases/{case.pk}/next/").json() == {
        "case": None,
        "pixels": [],
    }
