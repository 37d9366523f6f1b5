"""Suspected text in the pixels of an image, and what a person said of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.models.image import Image


class TextCheck(models.Model):
    """Where the finder suspects text in the displayed picture, in pixels of the image."""

    image = models.OneToOneField(
        Image, primary_key=True, on_delete=models.CASCADE, related_name="text_check"
    )
    regions = models.JSONField(default=list, help_text="[x_min, y_min, x_max, y_max] of each.")
    region_count = models.PositiveIntegerField()
    finder = models.CharField(max_length=20, help_text="Version of the heuristic.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.region_count} regions in {self.image_id}"


class BurnedInReview(models.Model):
    """A clinician's word on the pixels of one image. Rows are only added; the newest counts."""

    class Outcome(models.TextChoices):
        CLEAN = "clean", "Names nobody"
        MARKER = "marker", "Side marker only"
        MASKED = "masked", "Masked"

    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="text_reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=6, choices=Outcome)
    masks = models.JSONField(default=list, blank=True, help_text="Boxes to paint, as in TextCheck.")
    mask_count = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome__in=("clean", "marker"), mask_count=0)
                | Q(outcome="masked", mask_count__gt=0),
                name="burned_in_masks_fit_the_outcome",
            ),
        )

    def __str__(self) -> str:
        return f"{self.image_id}: {self.outcome}"
