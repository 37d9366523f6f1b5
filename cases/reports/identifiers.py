"""Names that follow from the content: equal contents give equal UIDs."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from cases.reports.content import ReportContent, ReportImage
from cases.reports.errors import ReportNotStructured

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


@dataclass(frozen=True, slots=True)
class Reference:
    """Which instance holds the pixels of an image of the report."""

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str


def derived_uid(*parts: str) -> str:
    """A UID under 2.25, of at most 44 characters. Source: DICOM PS3.5 B.2."""
    return f"2.25.{int.from_bytes(_digest(*parts), 'big')}"


def derived_urn(*parts: str) -> str:
    """``urn:uuid:`` of the same parts."""
    return f"urn:uuid:{uuid.UUID(bytes=_digest(*parts), version=5)}"


def _digest(*parts: str) -> bytes:
    """16 bytes; the length of each part is hashed too, so that no two lists run together."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).digest()[:16]


def require_structured(content: ReportContent) -> None:
    """Raises ReportNotStructured for a draft or content without its images' SHA-256."""
    if content.is_draft or not content.images:
        raise ReportNotStructured("Only a signed report with an image has structured files.")
    if not all(image.picture_sha256 for image in content.images):
        raise ReportNotStructured


def is_dicom(image: ReportImage) -> bool:
    """Whether the original can be referenced; else a Secondary Capture stands for it."""
    uids = (image.study_instance_uid, image.series_instance_uid)
    return all((*uids, image.sop_instance_uid, image.sop_class_uid))


def reference_of(content: ReportContent, image: ReportImage) -> Reference:
    """The original, or the Secondary Capture that stands for a PNG or JPEG."""
    if is_dicom(image):
        return Reference(
            image.study_instance_uid,
            image.series_instance_uid,
            image.sop_instance_uid,
            image.sop_class_uid,
        )
    said = content.content_sha256
    return Reference(
        study_uid(content),
        derived_uid("series", "source", said),
        derived_uid("source", said, image.image_id),
        SECONDARY_CAPTURE,
    )


def study_uid(content: ReportContent) -> str:
    """The study of the first DICOM original; of pictures alone, one that every version shares."""
    stated = next((i.study_instance_uid for i in content.images if is_dicom(i)), "")
    return stated or derived_uid("study", content.images[0].image_id)
