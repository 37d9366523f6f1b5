"""Refusals of extracting from a release."""

from __future__ import annotations

from cxrportal.common.errors import PortalError


class ExtractionInvalid(PortalError):
    code = "extraction_invalid"
    http_status = 400
    default_message = "The extraction cannot be made as asked."


class ExtractionNotReady(PortalError):
    code = "extraction_not_ready"
    http_status = 409
    default_message = "There is no file: the extraction is being made, or it failed."


class ExtractionExpired(PortalError):
    code = "extraction_expired"
    http_status = 410
    default_message = "The file was kept for as long as its page said. Ask for it again."
