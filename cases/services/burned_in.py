"""Looking for text in the pixels, and a clinician's word on it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import cv2
import numpy as np
from django.db import transaction

from cases.dicom.burned_in import FINDER, Box, find_text
from cases.models import BurnedInReview, Image, TextCheck
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import CLINICIAN, require_role
from cxrportal.common.errors import PortalError
from cxrportal.common.storage import read_bytes

MOST_MASKS = 200
_SIDE = re.compile(r"\d{1,6}", re.ASCII)


class ImageNotPrepared(PortalError):
    code = "image_not_prepared"
    http_status = 409
    default_message = "This image has no picture yet; wait until it is prepared."


class MaskInvalid(PortalError):
    code = "mask_invalid"
    http_status = 400
    default_message = (
        "A mask is a box within the image, in whole pixels; at most 200 of them, and none where "
        "the picture is said to be clean."
    )


def box_of(text: str) -> Box:
    """ "10,20,30,40" as a box. Raises MaskInvalid."""
    sides = text.split(",")
    if len(sides) != 4 or not all(_SIDE.fullmatch(side) for side in sides):
        raise MaskInvalid
    x_min, y_min, x_max, y_max = (int(side) for side in sides)
    return x_min, y_min, x_max, y_max


def text_check_make(*, image: Image) -> TextCheck:
    """Look for text in the displayed picture, once. Raises ImageNotPrepared, StorageUnavailable.

    Safe to run twice: the picture of an image never changes.
    """
    found = TextCheck.objects.filter(image=image).first()
    if found is not None:
        return found
    if not image.display_key:
        raise ImageNotPrepared
    content = np.frombuffer(read_bytes(image.display_key), np.uint8)
    picture = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE) if content.size else None
    if picture is None:
        raise ImageNotPrepared
    regions = [list(region.box_xyxy) for region in find_text(np.asarray(picture, np.uint8))]
    values = {"regions": regions, "region_count": len(regions), "finder": FINDER}
    return TextCheck.objects.get_or_create(image=image, defaults=values)[0]


def burned_in_review(
    *, image: Image, actor: User, outcome: str, masks: Iterable[Box] = ()
) -> BurnedInReview:
    """Say that the pixels name nobody, or which boxes are to be painted over in every release.

    Raises NotAllowed, ImageNotPrepared, MaskInvalid.
    """
    require_role(actor, CLINICIAN, image.case.department_id)
    if image.state != Image.State.DONE:
        raise ImageNotPrepared
    boxes = sorted(set(masks))
    wanted = outcome == BurnedInReview.Outcome.MASKED
    known = outcome in BurnedInReview.Outcome.values
    if not known or wanted != bool(boxes) or len(boxes) > MOST_MASKS:
        raise MaskInvalid
    for x_min, y_min, x_max, y_max in boxes:
        if not (0 <= x_min < x_max <= image.columns and 0 <= y_min < y_max <= image.rows):
            raise MaskInvalid
    with transaction.atomic():
        return BurnedInReview.objects.create(
            image=image,
            reviewer=actor,
            outcome=outcome,
            masks=[list(box) for box in boxes],
            mask_count=len(boxes),
        )
