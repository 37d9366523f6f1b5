"""What a reader must be told of a file that is accepted: one code, one sentence."""

from __future__ import annotations

from cases.dicom.types import FileWarning

MESSAGES = {
    "unusual_sop_class": "The file is not stored as a CR or DX image (another SOP class).",
    "burned_in": "The header says that text is burned into the image; it may identify the patient.",
    "lossy": "The image was compressed with loss.",
    "not_a_chest": "The header names another part of the body than the chest.",
    "not_human": "The header describes an animal.",
    "lateral_view": "This is a lateral view; the model was trained on frontal views.",
    "child": "The patient is younger than 18 years; the model was trained on adults.",
    "no_identity": "The file names no patient (no patient ID).",
    "colour_made_grey": "The picture was in colour and was turned to grey by its luminance.",
    "transparency_removed": "Transparent parts of the picture were laid on black.",
    "rotated": "The picture was turned upright as its EXIF orientation says.",
    "trailing_data": "The file goes on after the end of the picture.",
    "window_ignored": "A window in the header makes no sense and was left out.",
    "lookup_table_ignored": "A lookup table in the header makes no sense and was left out.",
    "rescale_ignored": "The rescale slope or intercept makes no sense and was left out.",
}


def warning(code: str, message: str = "") -> FileWarning:
    """The warning with this code. Raises KeyError for an unknown one."""
    return FileWarning(code, message or MESSAGES[code])
