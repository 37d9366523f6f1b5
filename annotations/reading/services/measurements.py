"""A reader's measurements, each saved at once; they follow the rules of findings."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction

from annotations.models import Measurement, Review
from annotations.reading.services.guarded import delete_seen, lock_open, update_seen
from annotations.reading.services.reviews import require_writable
from cases.dicom.measure import InvalidMeasurement, MeasureKind, Point, checked_points
from cases.models import Image
from cxrportal.accounts.models import User


def measurement_create(
    *,
    review: Review,
    reader: User,
    client_id: UUID,
    image: Image,
    kind: MeasureKind,
    points: tuple[Point, ...],
) -> tuple[Measurement, bool]:
    """The measurement and whether it is new; the same ``client_id`` again gives the same row.

    ``points``: (x, y) in image pixels. Raises InvalidMeasurement, ReviewCompleted, NotYourReview.
    """
    require_writable(review, reader)
    known = Measurement.objects.filter(review=review, client_id=client_id)
    if (same := known.first()) is not None:
        return same, False
    if image.case_id != review.case_id:
        raise InvalidMeasurement("The image belongs to another case.")
    inside = _stored(kind, points, image)
    try:
        with transaction.atomic():
            lock_open(review)
            made = Measurement.objects.create(
                case=review.case,
                image=image,
                review=review,
                client_id=client_id,
                kind=kind.value,
                points=inside,
            )
    except IntegrityError:  # the same request, twice at once
        return known.get(), False
    return made, True


def measurement_update(
    *, measurement: Measurement, reader: User, version: int, points: tuple[Point, ...]
) -> Measurement:
    """Move its points. Raises VersionConflict, InvalidMeasurement, ReviewCompleted."""
    review = measurement.review
    require_writable(review, reader)
    inside = _stored(MeasureKind(measurement.kind), points, measurement.image)
    return update_seen(measurement, review, version=version, columns={"points": inside})


def measurement_delete(*, measurement: Measurement, reader: User, version: int) -> None:
    """Raises VersionConflict, ReviewCompleted."""
    require_writable(measurement.review, reader)
    delete_seen(measurement, measurement.review, version=version)


def _stored(kind: MeasureKind, points: tuple[Point, ...], image: Image) -> list[list[float]]:
    inside = checked_points(kind, points, rows=image.rows, columns=image.columns)
    return [list(point) for point in inside]
