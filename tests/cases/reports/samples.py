"""A small report and its picture, and ways to read a PDF back."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pypdf import PageObject, PdfReader

from cases.reports.content import (
    Certainty,
    Decision,
    Laterality,
    ModelBlock,
    PatientBlock,
    ProposalCounts,
    ReaderBlock,
    ReportBox,
    ReportContent,
    ReportFinding,
    ReportImage,
    ReportMeasurement,
    ReportPriorMark,
    Sex,
    StudyBlock,
)
from cases.reports.pictures import picture_sha256

ROWS, COLUMNS = 200, 160
SIGNED_AT = datetime(2026, 1, 5, 14, 3, 22, tzinfo=UTC)
BOXED = ReportFinding(
    number=1,
    image_id="pa",
    label="Pleural effusion",
    code="RID34539",
    decision=Decision.ACCEPTED,
    certainty=Certainty.PROBABLE,
    laterality=Laterality.LEFT,
    box=ReportBox(40, 50, 120, 150),
    comment="Small.",
    model_score=0.875,
)
WHOLE = ReportFinding(
    number=2, image_id="pa", label="Edema", code="RID4866", decision=Decision.DRAWN
)

# One of each kind and unit that an image may have.
MEASURED = (
    ReportMeasurement(
        "pa", "length", "Length", 123.44, "mm at detector", "123.4 mm at detector", (1, 2, 30, 40.5)
    ),
    ReportMeasurement("pa", "length", "Length", 40, "mm", "40.0 mm", (0, 0, 160, 200)),
    ReportMeasurement("pa", "length", "Length", 88, "px", "88 px"),  # before points were kept
    ReportMeasurement("pa", "angle", "Angle", 37.5, "°", "37.5°", (10, 10, 50, 90, 10, 90)),
    ReportMeasurement(
        "pa", "ctr", "Cardiothoracic ratio", 0.5249, "", "0.52", (40, 99, 92, 99, 20, 120, 119, 120)
    ),
)
PRIORS = (
    ReportPriorMark("Nodule", "Stable", Laterality.LEFT, date(2025, 1, 2)),
    ReportPriorMark("Pleural effusion", "New"),
)
WRITTEN: dict[str, Any] = {
    "address": "1 Example Road",
    "technique": "PA, erect.",
    "findings_text": "Small left pleural effusion.",
    "recommendation": "Follow-up in six weeks.",
    "measurements": MEASURED,
    "priors": PRIORS,
}


def make_content(**changes: Any) -> ReportContent:
    parts: dict[str, Any] = {
        "institution": "St Example Hospital",
        "department": "Radiology",
        "patient": PatientBlock("Doe Jane", "MRN-7", date(1957, 3, 2), 68, Sex.FEMALE),
        "study": StudyBlock("ACC-9", date(2026, 1, 4), "PA", "DX", "1.2.3.4"),
        "model": ModelBlock("cxr-multitask", "1.0.0", "ab" * 32),
        "reader": ReaderBlock("Dr Reader", "Consultant radiologist"),
        "images": (ReportImage("pa", "PA view", ROWS, COLUMNS),),
        "findings": (BOXED, WHOLE),
        "proposals": ProposalCounts(accepted=1, corrected=0, rejected=2, undecided=3),
        "clinical_question": "Effusion?",
        "notes": "Heart of normal size.",
        "comparison": "None available.",
        "impression": "Small left pleural effusion.",
        "signed_at": SIGNED_AT,
    }
    return ReportContent(**(parts | changes))


def make_pictures(**more: tuple[int, int]) -> dict[str, NDArray[np.uint8]]:
    """A grey ramp for "pa", and one of the given (rows, columns) for each other name."""
    sizes = {"pa": (ROWS, COLUMNS), **more}
    return {
        name: np.linspace(0, 255, rows * columns).reshape(rows, columns).astype(np.uint8)
        for name, (rows, columns) in sizes.items()
    }


def pages_of(pdf: bytes) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(pdf)).pages)


def text_of(pdf: bytes) -> str:
    """All text of all pages, each run of white space made one space."""
    return " ".join(" ".join(page.extract_text() for page in pages_of(pdf)).split())


@dataclass(frozen=True, slots=True)
class Drawn:
    """A rectangle or picture on a page: points, origin bottom left of the sheet."""

    x: float
    y: float
    width: float
    height: float


def drawn_on(page: PageObject) -> tuple[list[Drawn], list[Drawn]]:
    """(pictures, rectangles) of a page, in the order in which they are painted."""
    pictures: list[Drawn] = []
    rectangles: list[Drawn] = []

    def visit(operator: bytes, operands: Any, matrix: list[float], _text: list[float]) -> None:
        scale_x, _, _, scale_y, left, bottom = (float(n) for n in matrix)
        if operator == b"Do":
            pictures.append(Drawn(left, bottom, scale_x, scale_y))
        if operator == b"re":
            x, y, width, height = (float(n) for n in operands)
            rectangles.append(
                Drawn(left + scale_x * x, bottom + scale_y * y, scale_x * width, scale_y * height)
            )

    page.extract_text(visitor_operand_before=visit)
    return pictures, rectangles


def make_structured(*, dicom: bool = True, **changes: Any) -> ReportContent:
    """The same report, signed with its pixels; of a DICOM original or of a PNG."""
    image = ReportImage(
        "pa", "PA view", ROWS, COLUMNS, picture_sha256=picture_sha256(make_pictures()["pa"])
    )
    if dicom:
        image = replace(
            image,
            study_instance_uid="1.2.3",
            series_instance_uid="1.2.3.1",
            sop_instance_uid="1.2.3.4",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.1.1",
        )
    coded = (
        replace(BOXED, snomed_ct="60046008", radlex="RID34539"),
        replace(WHOLE, radlex="RID4866"),
        replace(WHOLE, number=3, label="Hernia"),
    )
    return make_content(**({"images": (image,), "findings": coded} | changes))
