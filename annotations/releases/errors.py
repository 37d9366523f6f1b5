"""Refusals of asking for, building and sending a release."""

from __future__ import annotations

from cxrportal.common.errors import PortalError


class ReleaseNameInvalid(PortalError):
    code = "release_name_invalid"
    http_status = 400
    default_message = "A name is 1 to 80 small letters, digits and hyphens."


class ReleaseEmpty(PortalError):
    code = "nothing_to_release"
    http_status = 422
    default_message = (
        "No signed case of a consenting, confirmed patient fits this filter. Nothing was released."
    )


class ReleaseNotReady(PortalError):
    code = "release_not_ready"
    http_status = 409
    default_message = "The release is still being built."


class ArchiveAltered(PortalError):
    code = "archive_altered"
    http_status = 500
    default_message = "The stored archive is not the one that was sealed."


class ReleaseFilterInvalid(PortalError):
    code = "release_filter_invalid"
    http_status = 400
    default_message = "The filter of the release cannot be used."


class ConsentWithdrawn(PortalError):
    code = "consent_withdrawn"
    http_status = 410
    default_message = (
        "A patient of this release has withdrawn the consent to research use, so it can no longer "
        "be downloaded. Make the next number: it leaves the patient out."
    )
