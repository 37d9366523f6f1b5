"""What a reader measured on an image."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from annotations.querysets import MeasurementQuerySet


class Measurement(models.Model):
    """Points only: the value and its unit follow from them and from the image's spacing."""

    class Kind(models.TextChoices):
        LENGTH = "length", "Length"
        ANGLE = "angle", "Angle"
        RATIO = "ctr", "Cardiothoracic ratio"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="measurements")
    image = models.ForeignKey("cases.Image", on_delete=models.CASCADE, related_name="measurements")
    review = models.ForeignKey(
        "annotations.Review", on_delete=models.CASCADE, related_name="measurements"
    )
    client_id = models.UUIDField(default=uuid.uuid4)
    kind = models.CharField(max_length=6, choices=Kind)
    points = models.JSONField(
        help_text="[x, y] pairs in original image pixels, origin top left; checked_points has them."
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MeasurementQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("review", "client_id"), name="measurement_client_id_once_per_review"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("length", "angle", "ctr")), name="measurement_kind_known"
            ),
        )

    def __str__(self) -> str:
        return self.get_kind_display()
