"""What can be wrong with a report before a line of it is drawn."""

from __future__ import annotations

from cxrportal.common.errors import PortalError


class ReportContentInvalid(PortalError):
    """The content contradicts itself, or stored JSON is not a report."""

    code = "report_content_invalid"
    http_status = 422
    default_message = "The report's content is not valid."


class ReportImageInvalid(PortalError):
    """A picture that the content names is missing or does not fit what the content says of it."""

    code = "report_image_invalid"
    http_status = 422
    default_message = "A picture of the report is missing or not valid."


class ReportNotStructured(PortalError):
    """Drafts, and versions signed before the UIDs of their images were frozen with them."""

    code = "report_not_structured"
    http_status = 409
    default_message = "This version has only a PDF."


class ReportPaperUnknown(PortalError):
    code = "report_paper_unknown"
    http_status = 400
    default_message = "Paper is A4 or Letter."


class ReportFontMissing(PortalError):
    """An installation fault: the fonts that the repository ships are not where they belong."""

    code = "report_font_missing"
    http_status = 500
    default_message = "The report's fonts are not installed."
