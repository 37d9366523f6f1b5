"""What stood when a blind reader committed, and how an adjudicator settled what readers differ in.

Rows of both are written once or replaced while the review is open; neither changes a read.
"""

from __future__ import annotations

from django.db import models


class CommittedRead(models.Model):
    """A read as it was before the reader saw the model: written once, never changed."""

    review = models.OneToOneField(
        "annotations.Review", primary_key=True, on_delete=models.PROTECT, related_name="committed"
    )
    at = models.DateTimeField(auto_now_add=True)
    findings = models.JSONField(help_text="annotations.comparison.types.StatedFinding, as JSON.")
    no_finding = models.BooleanField()
    impression = models.TextField(max_length=20_000, blank=True)

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.review}, committed"


class Ruling(models.Model):
    """One difference of the reads, settled: ``taken`` stands in the consensus, or nothing does."""

    review = models.ForeignKey(
        "annotations.Review", on_delete=models.CASCADE, related_name="rulings"
    )
    difference = models.ForeignKey(
        "annotations.Finding",
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The first finding of the difference, in the order of the reads.",
    )
    taken = models.ForeignKey(
        "annotations.Finding", null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("review", "difference"), name="ruling_one_per_difference"
            ),
        )

    def __str__(self) -> str:
        return f"{self.difference}: {'taken' if self.taken_id else 'left out'}"
