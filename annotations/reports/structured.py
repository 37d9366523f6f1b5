"""Structured files of a signed version, made when asked for, from its frozen content alone."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

from annotations.models import SignedReport
from annotations.reports.services import ReportDamaged, report_pictures, signed_pdf
from cases.reports.codec import sha256_of
from cases.reports.content import ReportContent
from cases.reports.fhir import render_fhir
from cases.reports.identifiers import is_dicom, require_structured
from cases.reports.secondary_capture import annotated_capture, source_capture
from cases.reports.sr import render_sr


class StructuredKind(StrEnum):
    SR = "sr"
    CAPTURES = "captures"
    FHIR = "fhir"


@dataclass(frozen=True, slots=True)
class StructuredFile:
    name: str
    media_type: str
    data: bytes


def structured_file(report: SignedReport, kind: StructuredKind) -> StructuredFile:
    """The same bytes each time it is asked for.

    Raises ReportDamaged where the stored content is not what was signed, ReportImageInvalid where a
    picture is not, ReportNotStructured for versions without frozen pixels.
    """
    if sha256_of(report.content) != report.content_sha256:
        raise ReportDamaged
    content = ReportContent.from_json(report.content)
    stem = f"report-{report.case_id}-v{report.version}"
    if kind is StructuredKind.SR:
        return StructuredFile(f"{stem}.dcm", "application/dicom", render_sr(content))
    if kind is StructuredKind.FHIR:
        data = render_fhir(content, signed_pdf(report))
        return StructuredFile(f"{stem}.json", "application/fhir+json", data)
    return StructuredFile(f"{stem}-pictures.zip", "application/zip", _captures(content))


def _captures(content: ReportContent) -> bytes:
    """A ZIP: the marked image each, and the plain one where the upload was no DICOM."""
    require_structured(content)
    pictures = report_pictures(content)
    into = BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for number, image in enumerate(content.images, start=1):
            pixels = pictures.get(image.image_id)
            if pixels is None:
                raise ReportDamaged("A picture of this report is missing.", code="picture_missing")
            _add(archive, f"marked-{number}.dcm", annotated_capture(content, image, pixels))
            if not is_dicom(image):
                _add(archive, f"plain-{number}.dcm", source_capture(content, image, pixels))
    return into.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """A ZipInfo of its own has the date 1980-01-01: equal contents, equal bytes."""
    archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
