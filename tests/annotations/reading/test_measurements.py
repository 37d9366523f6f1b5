"""Measurements of a read: saved once, guarded by versions, frozen, seen by the right people."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from annotations.errors import NotYourReview, ReviewCompleted, VersionConflict
from annotations.models import Measurement, Review, SignedReport
from annotations.reading.services.measurements import (
    measurement_create,
    measurement_delete,
    measurement_update,
)
from annotations.reading.services.reviews import review_amend
from annotations.selectors import measurements_of
from cases.dicom.measure import InvalidMeasurement, MeasureKind
from cases.models import Case
from cxrportal.accounts.models import AccessEvent, User
from tests.support.cases import make_case, make_image, make_readable_case, make_review
from tests.support.people import make_department, make_user

pytestmark = pytest.mark.django_db


def draw(review: Review, *points: tuple[float, float], **values: object) -> Measurement:
    given = {"client_id": uuid.uuid4(), "image": review.case.images.get(), "kind": "length"}
    given |= values
    kind = MeasureKind(given.pop("kind"))
    made, _ = measurement_create(
        review=review, reader=review.reader, kind=kind, points=points or ((0, 0), (30, 40)), **given
    )
    return made


def calibrate(review: Review, spacing: list[float] | None, kind: str) -> None:
    image = review.case.images.get()
    image.facts["grid"] |= {"spacing_mm": spacing, "spacing_kind": kind}
    image.save()


def complete(review: Review) -> None:
    Review.objects.filter(pk=review.pk).update(state="COMPLETED", completed_at=timezone.now())


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("spacing", "kind", "text"),
    [
        (None, "none", "50 px"),
        ([0.2, 0.2], "detector", "10.0 mm at detector"),
        ([0.2, 0.2], "calibrated", "10.0 mm"),
    ],
)
def test_the_unit_follows_the_spacing_of_the_image(review, spacing, kind, text) -> None:
    draw(review)
    calibrate(review, spacing, kind)
    (fact,) = measurements_of(review)
    assert (fact.kind, fact.name, fact.text) == ("length", "Length", text)


def test_the_same_client_id_again_is_the_same_measurement(review) -> None:
    client_id = uuid.uuid4()
    assert draw(review, client_id=client_id) == draw(review, client_id=client_id)
    assert review.measurements.count() == 1


def test_a_stale_move_or_deletion_is_a_conflict_and_changes_nothing(review) -> None:
    made = draw(review)
    seen = {"measurement": made, "reader": review.reader, "version": 1}
    measurement_update(**seen, points=((0, 0), (6, 8)))
    with pytest.raises(VersionConflict) as caught:
        measurement_update(**seen, points=((0, 0), (60, 80)))
    assert caught.value.current.points == [[0, 0], [6, 8]]
    with pytest.raises(VersionConflict):
        measurement_delete(**seen)
    measurement_delete(measurement=made, reader=review.reader, version=2)
    assert not review.measurements.exists()


def test_a_completed_read_keeps_what_was_measured(review) -> None:
    made = draw(review)
    complete(review)
    review.refresh_from_db()
    with pytest.raises(ReviewCompleted):
        draw(review)
    with pytest.raises(ReviewCompleted):
        measurement_update(
            measurement=Measurement.objects.get(), reader=review.reader, version=1,
            points=((0, 0), (6, 8)),
        )  # fmt: skip
    with pytest.raises(ReviewCompleted):
        measurement_delete(measurement=made, reader=review.reader, version=1)


def test_nobody_measures_in_anothers_read(review, department) -> None:
    with pytest.raises(NotYourReview):
        measurement_delete(
            measurement=draw(review), reader=make_user("clinician", department), version=1
        )


def test_an_image_of_another_case_is_refused(review, department) -> None:
    with pytest.raises(InvalidMeasurement):
        draw(review, image=make_image(make_case(department)))


def test_the_database_knows_the_kinds(review) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Measurement.objects.create(
            case=review.case, image=review.case.images.get(), review=review, kind="area", points=[]
        )


def test_an_amendment_starts_from_what_was_measured(review, clinician) -> None:
    draw(review)
    complete(review)
    SignedReport.objects.create(
        case=review.case, review=review, version=1, content={}, signed_by=clinician,
        signed_at=timezone.now(),
    )  # fmt: skip
    Case.objects.filter(pk=review.case_id).update(status=Case.Status.SIGNED)
    amendment = review_amend(case=review.case, reader=clinician, reason="Measured again.")
    assert [fact.text for fact in measurements_of(amendment)] == ["50 px"]
    assert review.measurements.count() == 1


def test_the_api_makes_moves_and_deletes_and_each_is_written_down(review, clinician) -> None:
    client = api(clinician)
    body = {
        "client_id": str(uuid.uuid4()), "review": str(review.pk), "kind": "angle",
        "image": str(review.case.images.get().pk), "points": [[0, 10], [0, 0], [10, 0]],
    }  # fmt: skip
    made = client.post("/api/v1/measurements/", body, format="json")
    assert (made.status_code, made.json()["text"], made.json()["mine"]) == (201, "90.0°", True)
    assert client.post("/api/v1/measurements/", body, format="json").status_code == 200
    where = f"/api/v1/measurements/{made.json()['id']}/"
    moved = {"version": 1, "points": [[10, 10], [0, 0], [10, 0]]}
    assert client.patch(where, moved, format="json").json()["text"] == "45.0°"
    stale = client.patch(where, moved, format="json")
    assert (stale.status_code, stale.json()["current"]["version"]) == (409, 2)
    assert client.delete(where).status_code == 400
    assert client.delete(f"{where}?version=1").status_code == 409
    assert client.delete(f"{where}?version=2").status_code == 204
    events = AccessEvent.objects.filter(target_type="measurement").order_by("id")
    assert [event.verb for event in events] == ["create", "change", "change"]


@pytest.mark.parametrize("points", [[], [[1, 2]], [[1, 2], [3]], "here", [["nan", 1], [9, 9]]])
def test_points_that_make_no_sense_are_refused(review, clinician, points) -> None:
    body = {
        "client_id": str(uuid.uuid4()), "review": str(review.pk), "kind": "length",
        "image": str(review.case.images.get().pk), "points": points,
    }  # fmt: skip
    answer = api(clinician).post("/api/v1/measurements/", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid", "invalid_measurement")


def test_a_stranger_gets_404_and_lists_nothing(review, stranger) -> None:
    made = draw(review)
    client = api(stranger)
    assert client.patch(f"/api/v1/measurements/{made.pk}/", {}).status_code == 404
    assert client.get("/api/v1/measurements/").json()["results"] == []


def test_a_blind_reader_does_not_see_what_a_colleague_measured_until_they_complete() -> None:
    blind = make_department("Blind", blind_reads=True)
    reader, colleague = make_user("clinician", blind), make_user("clinician", blind)
    case = make_readable_case(blind)
    theirs = make_review(case, colleague)
    draw(theirs)
    complete(theirs)
    own = make_review(case, reader)
    where = f"/api/v1/cases/{case.pk}/reading/"
    assert api(reader).get(where).json()["measurements"] == []
    assert api(reader).get("/api/v1/measurements/").json()["results"] == []
    complete(own)
    (seen,) = api(reader).get(where).json()["measurements"]
    assert (seen["mine"], seen["reader"]) == (False, str(colleague))
