"""Refusals of notes."""

from __future__ import annotations

from cxrportal.common.errors import PortalError


class NotYourNote(PortalError):
    code = "not_your_note"
    http_status = 403
    default_message = "Only the author of a note may change it."


class NoteDeleted(PortalError):
    code = "note_deleted"
    http_status = 409
    default_message = "This note was deleted."


class InvalidNote(PortalError):
    code = "invalid_note"
    http_status = 400
    default_message = "This note is not valid."
