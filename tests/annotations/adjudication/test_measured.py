"""What readers measured, beside each other, and taken over into the consensus."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from annotations.adjudication.measured import readers_measurements
from annotations.adjudication.selectors import comparison_of
from annotations.adjudication.services import (
    adjudication_open,
    measurement_take,
    review_complete,
    ruling_make,
)
from annotations.errors import NotSettled, NotYourReview, ReviewCompleted
from annotations.models import Measurement, Review
from annotations.reading.services.measurements import measurement_create
from annotations.reports.services import report_sign
from annotations.selectors import measurements_of
from cases.dicom.measure import MeasureKind, Point
from cases.models import Case
from cxrportal.accounts.models import AccessEvent, Department, User
from tests.support.people import make_department, make_user
from tests.support.readings import read_case
from tests.support.reads import begin, make_adjudicator

pytestmark = pytest.mark.django_db


@pytest.fixture
def twice(db: None) -> Department:
    return make_department("Read twice", reads_per_case=2)


@pytest.fixture
def settles(twice: Department) -> User:
    return make_adjudicator(twice)


@pytest.fixture
def case(twice: Department) -> Case:
    """Two reads that differ; the first measured 30 px, the second 40 px of the same."""
    readers = make_user("clinician", twice), make_user("clinician", twice)
    case = read_case(twice, readers[0])
    for reader, length_px, label in ((readers[0], 30.0, "mass"), (readers[1], 40.0, "effusion")):
        review = begin(case, reader, (label, None))
        length(review, (10.0, 20.0), (10.0 + length_px, 20.0))
        review.refresh_from_db()
        review_complete(review=review, reader=reader, version=review.version)
    return case


def length(review: Review, *points: Point) -> Measurement:
    made, _ = measurement_create(
        review=review,
        reader=review.reader,
        client_id=uuid4(),
        image=review.case.images.get(),
        kind=MeasureKind.LENGTH,
        points=points,
    )
    return made


def rows_of(review: Review) -> list[list[list[float]]]:
    return [row.points for row in Measurement.objects.filter(review=review)]


def test_the_adjudicator_sees_both_and_takes_one_over(case, settles) -> None:
    review = adjudication_open(case=case, reader=settles)
    first, second = readers_measurements(comparison_of(case), review)
    assert [(line.tag, line.letter, line.taken) for line in (first, second)] == [
        ("M1", "A", False),
        ("M2", "B", False),
    ]
    assert first.text != second.text
    measurement_take(review=review, reader=settles, measurement=second.key, take=True)
    measurement_take(review=review, reader=settles, measurement=second.key, take=True)
    assert rows_of(review) == [[[10.0, 20.0], [50.0, 20.0]]]
    taken = [line.taken for line in readers_measurements(comparison_of(case), review)]
    assert taken == [False, True]
    measurement_take(review=review, reader=settles, measurement=second.key, take=False)
    assert rows_of(review) == []
    assert Measurement.objects.filter(case=case).count() == 2


def test_what_was_taken_is_signed_with_the_consensus_and_frozen(case, settles) -> None:
    review = adjudication_open(case=case, reader=settles)
    first, second = readers_measurements(comparison_of(case), review)
    measurement_take(review=review, reader=settles, measurement=first.key, take=True)
    for group in comparison_of(case).differences:
        ruling_make(review=review, reader=settles, difference=group.first.key, taken=None)
    review.refresh_from_db()
    report = report_sign(review=review, reader=settles, version=review.version)
    assert [fact.text for fact in measurements_of(report.review)] == [first.text]
    assert [row["text"] for row in report.content["measurements"]] == [first.text]
    review.refresh_from_db()
    with pytest.raises(ReviewCompleted):
        measurement_take(review=review, reader=settles, measurement=second.key, take=True)


def test_only_a_readers_measurement_of_the_case_is_taken_and_by_its_adjudicator(
    case, settles, twice
) -> None:
    review = adjudication_open(case=case, reader=settles)
    own = length(review, (1.0, 1.0), (5.0, 5.0))
    elsewhere = read_case(twice, settles, seed=2)
    other = length(begin(elsewhere, settles, ("mass", None)), (1.0, 1.0), (5.0, 5.0))
    for measurement in (uuid4(), own.pk, other.pk):
        with pytest.raises(NotSettled) as refused:
            measurement_take(review=review, reader=settles, measurement=measurement, take=True)
        assert refused.value.code == "no_such_measurement"
    (first, _) = readers_measurements(comparison_of(case), review)
    with pytest.raises(NotYourReview):
        measurement_take(
            review=review,
            reader=make_user("clinician", twice),
            measurement=first.key,
            take=True,
        )
    read = Review.objects.filter(case=case, kind=Review.Kind.READ).first()
    with pytest.raises((NotSettled, ReviewCompleted)):
        measurement_take(review=read, reader=read.reader, measurement=first.key, take=True)
    assert rows_of(review) == [own.points]


def test_the_page_draws_them_and_takes_one_with_a_button(case, settles) -> None:
    client = Client()
    client.force_login(settles)
    client.post(f"/adjudication/{case.pk}/")
    page = client.get(f"/adjudication/{case.pk}/").content.decode()
    assert page.count('class="said measured reader-a"') == 1
    assert "Take over" in page
    review = Review.objects.get(case=case, kind=Review.Kind.CONSENSUS)
    (first, _) = readers_measurements(comparison_of(case), review)
    address = f"/adjudication/{case.pk}/measurement/"
    answer = client.post(address, {"measurement": first.key, "take": "1"}, follow=True)
    assert "In the consensus" in answer.content.decode()
    assert AccessEvent.objects.filter(detail="measurement taken over").count() == 1
    client.post(address, {"measurement": first.key, "take": ""})
    assert rows_of(review) == []
    assert client.post(address, {"measurement": "no id"}).status_code == 404
