"""What a reader measured, and the reader's keys, as JSON."""

from __future__ import annotations

from typing import Any

from annotations.models import Measurement, ReadingKeys
from annotations.selectors import measured
from cxrportal.accounts.models import User


def measurement_json(measurement: Measurement, user: User) -> dict[str, Any]:
    """Points, and the value as the server works it out; image and review__reader are used."""
    facts = measured(measurement)
    reader = measurement.review.reader
    return {
        "id": str(measurement.pk),
        "client_id": str(measurement.client_id),
        "image": str(measurement.image_id),
        "review": str(measurement.review_id),
        "kind": measurement.kind,
        "name": facts.name,
        "points": measurement.points,
        "value": facts.value,
        "unit": facts.unit,
        "text": facts.text,
        "version": measurement.version,
        "mine": reader.pk == user.pk,
        "reader": str(reader),
    }


def keys_json(user: User) -> dict[str, Any]:
    """The reader's own keys; empty for who has changed none."""
    saved = ReadingKeys.objects.filter(user=user).first() or ReadingKeys()
    return {"keys": saved.keys, "single_keys": saved.single_keys}
