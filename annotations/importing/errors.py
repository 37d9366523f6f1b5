"""Refusals of asking for and following an import."""

from __future__ import annotations

from cxrportal.common.errors import PortalError


class SourceInvalid(PortalError):
    code = "import_source_invalid"
    http_status = 400
    default_message = "The name of a data set is 1 to 40 small letters, digits and hyphens."


class LabelMapInvalid(PortalError):
    code = "import_label_map_invalid"
    http_status = 400
    default_message = 'A line of the label map is "their label = our finding".'


class ArchiveTooLarge(PortalError):
    code = "import_too_large"
    http_status = 413
    default_message = (
        "The archive is larger than this server accepts. Import a folder on the server with "
        "manage.py import_annotations."
    )


class ArchiveGone(PortalError):
    code = "import_archive_gone"
    http_status = 409
    default_message = "The archive of this dry run is no longer kept. Send it again."


class NoProblems(PortalError):
    code = "import_has_no_problems"
    http_status = 404
    default_message = "This import has no list of problems."
