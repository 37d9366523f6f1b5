"""Refusals of exploring annotations."""

from __future__ import annotations

from cxrportal.common.errors import PortalError


class AnnotationsRefused(PortalError):
    code = "annotations_refused"
    http_status = 422
    default_message = "The annotations cannot be read."
