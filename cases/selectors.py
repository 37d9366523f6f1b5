"""What is due, and where the files of an image are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cases.models import BurnedInReview, Case, Image


def images_to_ingest(case_id: UUID | None) -> Any:
    """Images whose ingest is due, of one case or of all."""
    images = Image.objects.due()
    return images.filter(case_id=case_id) if case_id else images


def case_is_ingested(case: Case) -> bool:
    """Whether every image has been prepared or has failed, and there is one."""
    return case.images.exists() and not case.images.unfinished().exists()


def latest_text_review(image: Image) -> BurnedInReview | None:
    """The word that counts on the pixels of an image; None where nobody looked."""
    return image.text_reviews.order_by("-id").first()
