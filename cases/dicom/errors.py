"""Every reason for which a file is refused. One class a family (it gives the HTTP status), one
stable code a reason. A message says what was found; the text for the code here is the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from cxrportal.common.errors import PortalError


class FileRefused(PortalError):
    """A file that is not stored. ``reasons`` maps each code of the family to its message."""

    code = "file_refused"
    http_status = 400
    default_message = "The file was refused."
    reasons: ClassVar[Mapping[str, str]] = {}

    def __init__(self, message: str = "", *, code: str = "") -> None:
        super().__init__(message or self.reasons.get(code or self.code, ""), code=code)


class NotAnImage(FileRefused):
    """The content is nothing that is read here."""

    code = "not_an_image"
    http_status = 415
    default_message = "This is no DICOM, PNG or JPEG image."
    reasons = {
        "not_an_image": default_message,
        "empty_file": "The file is empty.",
        "unsupported_archive": "Of archives only ZIP is read.",
        "dicomdir": "This is a DICOMDIR, a table of contents without pixels.",
        "structured_report": "This is a DICOM structured report, not an image.",
        "encapsulated_document": "This is a document (PDF, CDA or model) in DICOM, not an image.",
        "presentation_state": "This is a DICOM presentation state, not an image.",
    }


class UnsupportedEncoding(FileRefused):
    """An image, but in a form that is not decoded here."""

    code = "unsupported_transfer_syntax"
    http_status = 415
    default_message = "The transfer syntax is not supported."
    reasons = {
        "unsupported_transfer_syntax": default_message,
        "no_transfer_syntax": "The DICOM file does not name its transfer syntax.",
        "unsupported_bit_depth": "Pixels must have 1 to 16 bits in 8 or 16 allocated.",
        "unsupported_picture": "This kind of PNG or JPEG is not supported.",
    }


class FileDamaged(FileRefused):
    """Cut off, or not what its own structure says."""

    code = "damaged"
    http_status = 400
    default_message = "The file is damaged and cannot be read."
    reasons = {
        "damaged": default_message,
        "truncated": "The file is cut off: data that it announces is missing.",
        "element_beyond_file": "A data element claims to be longer than the file.",
        "nested_too_deep": "Sequences are nested too deeply.",
        "too_many_elements": "The header holds too many data elements.",
        "pixels_do_not_match": "The compressed pixels do not have the size that the header states.",
        "pixels_undecodable": "The compressed pixels cannot be decoded.",
    }


class TooLarge(FileRefused):
    """More than may be decoded."""

    code = "file_too_large"
    http_status = 413
    default_message = "The file is too large."
    reasons = {
        "file_too_large": default_message,
        "image_too_large": "The image has more than 50 million pixels.",
        "expands_too_much": "The compressed data grows far beyond the image's size.",
        "archive_too_many_entries": "The archive holds too many files.",
        "archive_too_large": "The unpacked archive would be too large.",
        "archive_ratio": "The entry is compressed more than a radiograph can be.",
    }


class NotARadiograph(FileRefused):
    """A readable image or object, but no single radiograph that can be read here."""

    code = "modality_not_accepted"
    http_status = 422
    default_message = "Only CR and DX images are accepted."
    reasons = {
        "modality_not_accepted": default_message,
        "no_pixels": "The DICOM file holds no pixels.",
        "several_frames": "The file holds several frames; one radiograph a file is accepted.",
        "colour_image": "The DICOM image is in colour; a radiograph is monochrome.",
        "size_invalid": "The image has no rows or no columns.",
        "for_processing": "This is a raw image (For Processing); send the one For Presentation.",
        "sop_instance_uid_missing": "The DICOM file has no SOP Instance UID.",
        "sop_instance_uid_invalid": "The SOP Instance UID is not a valid UID.",
    }


class HostileFile(FileRefused):
    """A form that serves to attack, never to send a radiograph."""

    code = "suspicious_preamble"
    http_status = 422
    default_message = "The DICOM preamble holds foreign content (a program, page or script)."
    reasons = {"suspicious_preamble": default_message}


class ArchiveRefused(FileRefused):
    """An archive, or one entry of it, that is not unpacked."""

    code = "archive_unreadable"
    http_status = 422
    default_message = "The archive cannot be read."
    reasons = {
        "archive_unreadable": default_message,
        "archive_empty": "The archive holds no files.",
        "archive_entry_damaged": "The entry cannot be unpacked: it is damaged.",
        "archive_entry_encrypted": "The entry is encrypted.",
        "archive_entry_method": "The entry is compressed by a method that is not supported.",
        "archive_entry_outside": "The entry's name points outside the archive.",
        "archive_entry_link": "The entry is a link or a special file.",
        "nested_archive": "The entry is an archive itself.",
        "skipped": "Not an image file; skipped.",
    }


class DecoderFailed(FileRefused):
    """The process that decodes did not come to an end of its own."""

    code = "decoder_crashed"
    http_status = 422
    default_message = "The file made its decoder fail."
    reasons = {
        "decoder_crashed": default_message,
        "decoder_timeout": "The file took too long to decode.",
        "decoder_memory": "The file needs too much memory to decode.",
    }


FAMILIES: tuple[type[FileRefused], ...] = (
    NotAnImage,
    UnsupportedEncoding,
    FileDamaged,
    TooLarge,
    NotARadiograph,
    HostileFile,
    ArchiveRefused,
    DecoderFailed,
)
FAMILY_OF_CODE: Mapping[str, type[FileRefused]] = {
    code: family for family in FAMILIES for code in family.reasons
}


def refusal(code: str, message: str = "") -> FileRefused:
    """The refusal with this code, for the process that only hears of it. Raises KeyError."""
    return FAMILY_OF_CODE[code](message, code=code)
