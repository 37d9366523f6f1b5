"""Refusals of an extraction as a whole; a single file's are in ``cases.dicom.errors``."""

from __future__ import annotations

from cases.dicom.errors import FileRefused
from cxrportal.common.errors import PortalError


class ExtractionRefused(PortalError):
    """An extraction that does not begin."""

    code = "extraction_refused"
    http_status = 400
    default_message = "The extraction cannot be made as asked."


class NothingToExtract(ExtractionRefused):
    code = "nothing_to_extract"
    default_message = "No file was found there, or no output was asked for."


class OutputExists(ExtractionRefused):
    code = "output_exists"
    http_status = 409
    default_message = "An output exists already; name another one or remove it."


class OtherOptions(ExtractionRefused):
    code = "other_options"
    http_status = 409
    default_message = (
        "An unfinished extraction with other options lies beside the outputs. Finish it with its "
        "own options, or remove its folder."
    )


class KeyTooShort(ExtractionRefused):
    code = "key_too_short"
    default_message = "The key of the pseudonyms must have at least 32 bytes."


class KeyUnreadable(ExtractionRefused):
    code = "key_unreadable"
    default_message = "The key file does not hold 64 or more hexadecimal digits."


class PixelsMayName(FileRefused):
    """Pixels that may hold a name, and a rule that lets none pass."""

    code = "burned_in_text"
    http_status = 422
    default_message = "Text is burned into the image, or suspected there, and may name the patient."
    reasons = {"burned_in_text": default_message}


class MaskDoesNotFit(FileRefused):
    code = "mask_does_not_fit"
    http_status = 422
    default_message = "The mask does not have the size of the image."
    reasons = {"mask_does_not_fit": default_message}
