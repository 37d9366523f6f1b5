"""What a report says, frozen: the one input of the PDF, the SR and the FHIR bundle.

A signed report stores ``ReportContent.to_json()`` and ``content_sha256``. Nothing here is looked up
later: a change of the patient, the findings or the model never reaches a signed report. A field
that came later is marked ``_since(2)`` or 3: content of an older format has neither it nor another
hash.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cases.reports.codec import canonical_json, from_plain, sha256_of
from cases.reports.errors import ReportContentInvalid
from cases.reports.terms import Certainty as Certainty
from cases.reports.terms import Decision as Decision
from cases.reports.terms import Laterality as Laterality
from cases.reports.terms import Sex as Sex

NOT_FOR_DIAGNOSIS = "Not for diagnosis without a clinician."


FORMAT = 3  # of the JSON that is written now


def _since(version: int, default: Any) -> Any:
    return field(default=default, metadata={"since": version})


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ReportContentInvalid(message[:1].upper() + message[1:] + ".")


@dataclass(frozen=True, slots=True)
class PatientBlock:
    name: str
    mrn: str
    birth_date: date | None = None
    age_years: int | None = None  # at the time of the study
    sex: Sex = Sex.UNKNOWN


@dataclass(frozen=True, slots=True)
class StudyBlock:
    accession_number: str = ""
    study_date: date | None = None
    view: str = ""
    modality: str = ""
    sop_instance_uid: str = ""


@dataclass(frozen=True, slots=True)
class ReportImage:
    """One image of the case; ``rows`` and ``columns`` are those of the original, in pixels.

    The UIDs are those of the original, empty for a PNG or JPEG. ``picture_sha256`` is that of the
    displayed grey levels (``pictures.picture_sha256``); set when signed.
    """

    image_id: str
    caption: str
    rows: int
    columns: int
    study_instance_uid: str = ""
    series_instance_uid: str = ""
    sop_instance_uid: str = ""
    sop_class_uid: str = ""
    picture_sha256: str = ""

    def __post_init__(self) -> None:
        _require(self.rows > 0 and self.columns > 0, f"image {self.image_id}: it has no pixels")


@dataclass(frozen=True, slots=True)
class ReportBox:
    """xyxy in original image pixels, origin top left."""

    x_min: float
    y_min: float
    x_max: float
    y_max: float

    def __post_init__(self) -> None:
        for name in ("x_min", "y_min", "x_max", "y_max"):
            # One number, one text: 3 and 3.0 (or a numpy scalar) must give the same JSON.
            object.__setattr__(self, name, float(getattr(self, name)))
        sides = (self.x_min, self.y_min, self.x_max, self.y_max)
        _require(
            all(map(math.isfinite, sides)) and self.x_min < self.x_max and self.y_min < self.y_max,
            f"box {sides}: x_min < x_max and y_min < y_max must hold",
        )


@dataclass(frozen=True, slots=True)
class ReportFinding:
    """One confirmed finding. ``model_score`` is set when it came from the model."""

    number: int
    image_id: str
    label: str
    code: str
    decision: Decision
    certainty: Certainty = Certainty.CERTAIN
    laterality: Laterality = Laterality.NOT_STATED
    box: ReportBox | None = None
    comment: str = ""
    model_score: float | None = None
    radlex: str = ""  # both empty where no equal concept is certain
    snomed_ct: str = ""

    def __post_init__(self) -> None:
        if self.model_score is not None:
            object.__setattr__(self, "model_score", float(self.model_score))
            _require(0 <= self.model_score <= 1, f"finding {self.number}: score outside 0 to 1")


@dataclass(frozen=True, slots=True)
class ReportMeasurement:
    """``unit`` is "mm", "mm at detector", "px", "°" or nothing for a ratio; ``text`` has both.

    ``points``: x, y, x, y... in original image pixels, as ``cases.dicom.measure`` orders them.
    """

    image_id: str
    kind: str  # length, angle or ctr
    name: str
    value: float
    unit: str
    text: str
    points: tuple[float, ...] = _since(3, ())

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", float(self.value))
        object.__setattr__(self, "points", tuple(map(float, self.points)))
        _require(math.isfinite(self.value), f"{self.name}: the value is no number")
        whole = len(self.points) % 2 == 0 and all(map(math.isfinite, self.points))
        _require(whole, f"{self.name}: its points are no pairs of numbers")


@dataclass(frozen=True, slots=True)
class ReportPriorMark:
    """What became of a finding since an earlier study: ``mark`` is a word such as "Stable"."""

    label: str
    mark: str
    laterality: Laterality = Laterality.NOT_STATED
    study_date: date | None = None  # of the study that the finding stands in


@dataclass(frozen=True, slots=True)
class ProposalCounts:
    """What became of everything that the model proposed in this case."""

    accepted: int = 0
    corrected: int = 0
    rejected: int = 0
    undecided: int = 0

    def __post_init__(self) -> None:
        counts = (self.accepted, self.corrected, self.rejected, self.undecided)
        _require(min(counts) >= 0, "counts of proposals are not negative")


@dataclass(frozen=True, slots=True)
class ModelBlock:
    """Which model looked at the images; ``unavailable_reason`` where it could not (or not at all).

    Both may be set: of two images, one was analysed and one failed.
    """

    name: str = ""
    version: str = ""
    sha256: str = ""
    calibrated: bool = False
    unavailable_reason: str = ""
    statement: str = NOT_FOR_DIAGNOSIS

    def __post_init__(self) -> None:
        _require(
            bool(self.name or self.unavailable_reason),
            "the model block names a model or says why there is no analysis",
        )


@dataclass(frozen=True, slots=True)
class ReaderBlock:
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything that stands in one version of a report. Raises ReportContentInvalid."""

    institution: str
    department: str
    patient: PatientBlock
    study: StudyBlock
    model: ModelBlock
    reader: ReaderBlock
    images: tuple[ReportImage, ...] = ()
    findings: tuple[ReportFinding, ...] = ()
    no_finding: bool = False  # the reader stated that there is none
    proposals: ProposalCounts = ProposalCounts()
    clinical_question: str = ""
    notes: str = ""
    comparison: str = ""
    impression: str = ""
    signed_at: datetime | None = None  # None: a draft
    version: int = 1
    supersedes: int | None = None
    amendment_reason: str = ""
    synthetic: bool = False
    address: str = _since(2, "")  # letterhead, under the department
    logo_sha256: str = _since(2, "")  # of the PNG that stands in the letterhead
    technique: str = _since(2, "")
    findings_text: str = _since(2, "")
    recommendation: str = _since(2, "")
    measurements: tuple[ReportMeasurement, ...] = _since(2, ())
    priors: tuple[ReportPriorMark, ...] = _since(2, ())
    format: int = FORMAT  # of this JSON

    def __post_init__(self) -> None:
        _require(1 <= self.format <= FORMAT, f"report format {self.format} is not known here")
        late = (self.address, self.logo_sha256, self.technique, self.findings_text)
        more = (self.recommendation, self.measurements, self.priors)
        _require(self.format > 1 or not any((*late, *more)), "format 1 has no such sections")
        pointed = any(measured.points for measured in self.measurements)
        _require(self.format > 2 or not pointed, "format 2 has no points of measurements")
        _require(
            self.signed_at is None or self.signed_at.utcoffset() is not None,
            "the time of signing has no time zone",
        )
        _require(
            self.version == 1 if self.supersedes is None else 1 <= self.supersedes < self.version,
            "version 1 supersedes nothing, a later version an earlier one",
        )
        _require(not (self.no_finding and self.findings), "no finding, and yet findings")
        self._check_images()

    def _check_images(self) -> None:
        ids = [image.image_id for image in self.images]
        numbers = [finding.number for finding in self.findings]
        _require(len(set(ids)) == len(ids), "an image stands in the report twice")
        _require(len(set(numbers)) == len(numbers), "two findings have one number")
        for finding in self.findings:
            _require(
                finding.image_id in ids,
                f"finding {finding.number}: its image is not in the report",
            )
        for measured in self.measurements:
            _require(measured.image_id in ids, f"{measured.name}: its image is not in the report")

    @property
    def is_draft(self) -> bool:
        return self.signed_at is None

    @property
    def content_sha256(self) -> str:
        """Hex SHA-256 of ``to_json()``."""
        return sha256_of(self)

    def to_json(self) -> str:
        """Canonical: equal contents give equal texts (sorted keys, ASCII, every field present)."""
        return canonical_json(self)

    @classmethod
    def from_json(cls, stored: str | dict[str, object]) -> ReportContent:
        """The inverse of ``to_json``; also takes the object that a JSON column gives back.

        Raises ReportContentInvalid.
        """
        if isinstance(stored, str):
            try:
                stored = json.loads(stored)
            except ValueError as error:
                raise ReportContentInvalid("The stored report is not JSON.") from error
        return from_plain(cls, stored)
