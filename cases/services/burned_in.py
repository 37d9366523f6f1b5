"""Looking for text in the pixels, and a clinician's word on it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import cv2
import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from cases.dicom.burned_in import FINDER, Box, find_text
from cases.models import BurnedInReview, Image, TextCheck
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import CLINICIAN, require_role
from cxrportal.common.errors import PortalError
from cxrportal.common.storage import read_bytes

MOST_MASKS = 200
QUICK_REGIONS = 8  # more than these are looked at alone
MIN_AROUND_PX = 24
CROP_PX = 480
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


class NoSuchRegion(PortalError):
    code = "no_such_region"
    http_status = 404
    default_message = "No such region is suspected in this image."


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
    regions = [list(region.box_xyxy) for region in find_text(_displayed(image))]
    values = {"regions": regions, "region_count": len(regions), "finder": FINDER}
    return TextCheck.objects.get_or_create(image=image, defaults=values)[0]


def _displayed(image: Image) -> NDArray[np.uint8]:
    if not image.display_key:
        raise ImageNotPrepared
    content = np.frombuffer(read_bytes(image.display_key), np.uint8)
    picture = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE) if content.size else None
    if picture is None:
        raise ImageNotPrepared
    return np.asarray(picture, np.uint8)


def region_crop(image: Image, number: int) -> bytes:
    """PNG of suspected region ``number`` (from 0) with something around it.

    Raises NoSuchRegion, ImageNotPrepared, StorageUnavailable.
    """
    regions = text_check_make(image=image).regions
    if not 0 <= number < len(regions):
        raise NoSuchRegion
    picture = _displayed(image)
    x_min, y_min, x_max, y_max = regions[number]
    around = max(MIN_AROUND_PX, max(x_max - x_min, y_max - y_min) // 2)
    cut = picture[max(0, y_min - around) : y_max + around, max(0, x_min - around) : x_max + around]
    scale = min(1.0, CROP_PX / max(cut.shape))
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    smaller = cut if scale == 1.0 else cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".png", smaller)[1].tobytes()


def burned_in_review_markers(*, images: Iterable[Image], actor: User) -> int:
    """Say of each image that its suspected text is a side marker: a row each, as if one by one.

    Only images that the quick page shows whole; one that somebody has looked at meanwhile is left
    as it is. Returns how many. Raises NotAllowed.
    """
    said = 0
    for image in images:
        waiting = Image.objects.filter(pk=image.pk).awaiting_quick_text_review(QUICK_REGIONS)
        if waiting.exists():
            burned_in_review(image=image, actor=actor, outcome=BurnedInReview.Outcome.MARKER)
            said += 1
    return said


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
