"""What can be wrong with an image that is handed to a predictor."""

from __future__ import annotations

from typing import ClassVar

from cxrportal.common.errors import PortalError


class ImageUnusable(PortalError):
    code: ClassVar[str] = "image_unusable"
    http_status: ClassVar[int] = 422
    default_message: ClassVar[str] = "The image cannot be analysed."


class LabelUnknown(PortalError):
    code: ClassVar[str] = "label_unknown"
    http_status: ClassVar[int] = 422
    default_message: ClassVar[str] = "The label is not in the label set."
