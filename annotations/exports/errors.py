"""Why a release cannot be written or sealed."""

from __future__ import annotations

from typing import ClassVar

from cxrportal.common.errors import PortalError


class ExportInvalid(PortalError):
    code: ClassVar[str] = "export_invalid"
    http_status: ClassVar[int] = 422
    default_message: ClassVar[str] = "This cannot be exported as it is."


class BoxOutsideImage(ExportInvalid):
    code: ClassVar[str] = "box_outside_image"
    default_message: ClassVar[str] = "A box is empty or leaves its image."


class ReleaseKeyTooShort(ExportInvalid):
    code: ClassVar[str] = "release_key_too_short"
    default_message: ClassVar[str] = "The secret of a release has at least 32 bytes."


class PictureInvalid(ExportInvalid):
    code: ClassVar[str] = "picture_invalid"
    default_message: ClassVar[str] = "Not a grey picture of 8 or 16 bits."


class ArchiveRefused(ExportInvalid):
    code: ClassVar[str] = "archive_refused"
    default_message: ClassVar[str] = "The folder holds what does not belong in an archive."


class SelfCheckFailed(PortalError):
    code: ClassVar[str] = "self_check_failed"
    http_status: ClassVar[int] = 500
    default_message: ClassVar[str] = "The release did not pass its own check and was not sealed."
