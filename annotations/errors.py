"""Refusals of reading, signing and exporting."""

from __future__ import annotations

from django.db.models import Model

from cxrportal.common.errors import PortalError


class VersionConflict(PortalError):
    """Somebody (perhaps oneself in another tab) saved first; ``current`` is what stands now."""

    code = "version_conflict"
    http_status = 409
    default_message = "This was changed elsewhere meanwhile. Choose which version to keep."

    def __init__(self, current: Model) -> None:
        self.current = current
        super().__init__()


class ReviewCompleted(PortalError):
    code = "review_completed"
    http_status = 409
    default_message = "This read is completed. Open an amendment to change it."


class InvalidMark(PortalError):
    code = "invalid_mark"
    http_status = 400
    default_message = "This mark does not fit the finding."


class NotReadyToRead(PortalError):
    code = "not_ready_to_read"
    http_status = 409
    default_message = "The case is still being prepared."


class ReaderRefused(PortalError):
    code = "may_not_read"
    http_status = 403
    default_message = "Your membership of this department does not include reading."


class ReadsComplete(PortalError):
    code = "reads_complete"
    http_status = 409
    default_message = "This case has all its reads."


class NotCommittable(PortalError):
    """Committing a blind read, or completing one of several, is not possible now."""

    code = "not_committable"
    http_status = 409
    default_message = "This read cannot be committed now."


class NotSettled(PortalError):
    """An adjudication cannot be opened, or this cannot be decided in it."""

    code = "not_settled"
    http_status = 409
    default_message = "These reads cannot be settled now."


class NotYourReview(PortalError):
    code = "not_your_review"
    http_status = 403
    default_message = "Only the reader of this review may change it."


class InvalidFinding(PortalError):
    code = "invalid_finding"
    http_status = 400
    default_message = "This finding is not valid."


class NotSignable(PortalError):
    code = "not_signable"
    http_status = 409
    default_message = "This case cannot be signed now."


class SignedMeanwhile(PortalError):
    """Another version of the report stands now than the one this review would follow."""

    code = "signed_meanwhile"
    http_status = 409


class InvalidTemplate(PortalError):
    code = "invalid_template"
    http_status = 400
    default_message = "This report template is not valid."


class NotAmendable(PortalError):
    code = "not_amendable"
    http_status = 409
    default_message = "Only a signed case can be amended, by one reader at a time."
