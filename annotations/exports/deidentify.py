"""From rows of the database to records without identity: nothing passes that is not named here.

Ids become pseudonyms: HMAC-SHA256 under the release's own secret key, so that the same patient is
the same within a release, and two releases cannot be joined. Dates move back by a number of days
that is constant for a patient within a release. Ages over 89 are pooled (HIPAA Safe Harbor,
45 CFR 164.514(b)(2)). Texts of a header pass only where they are one of the listed values; free
text is left out unless it is asked for. File names are made from pseudonyms.
Source of the method: DICOM PS3.15 Annex E.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from annotations.exports.errors import ExportInvalid, ReleaseKeyTooShort
from annotations.exports.types import (
    Certainty,
    Decided,
    ExportAnnotation,
    ExportImage,
    ExportPrediction,
    ExportRecord,
    Laterality,
    Sex,
    Split,
    View,
    Xyxy,
)

KEY_BYTES = 32
PSEUDONYM_BYTES = 10  # 80 bits: two of a million patients meet with a chance below 1e-12
MOST_DAYS_BACK = 365
OLDEST_NAMED_AGE = 89
OLDEST_POSSIBLE_AGE = 130
BAND_YEARS = 5
IMAGE_FOLDER = "images"
Listed = TypeVar("Listed", bound=StrEnum)


class Dates(StrEnum):
    SHIFTED = "shifted"
    YEAR = "year"  # the year of the shifted date
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a release says beside the findings. The defaults say the least that is useful."""

    dates: Dates = Dates.SHIFTED
    comments: bool = False
    suffix: str = ".png"  # of the images


@dataclass(frozen=True, slots=True)
class SourceImage:
    """As it stands in the database. ``image_id`` and ``patient_id`` are any stable texts."""

    image_id: str
    patient_id: str
    width_px: int
    height_px: int
    age_years: int | None
    sex: str
    view: str
    study_date: date | None
    split: Split = Split.NONE


@dataclass(frozen=True, slots=True)
class SourceStatement:
    """``label``, ``certainty``, ``laterality`` and ``decided`` are codes; ``box_xyxy`` pixels.

    ``imported``: the reader came with a data set and is not one of the department's.
    """

    label: str
    reader_id: str
    reviewed_on: date | None
    decided: str
    certainty: str
    laterality: str = ""
    box_xyxy: Xyxy | None = None
    model_score: float | None = None
    comment: str = ""
    imported: bool = False


def new_release_key() -> bytes:
    """A secret for one release. Whoever has it and the ids can undo the pseudonyms."""
    return secrets.token_bytes(KEY_BYTES)


class Deidentifier:
    """The pseudonyms and dates of one release. Raises ReleaseKeyTooShort."""

    def __init__(self, key: bytes, policy: Policy | None = None) -> None:
        if len(key) < KEY_BYTES:
            raise ReleaseKeyTooShort
        self.key, self._policy = key, policy or Policy()

    def _digest(self, kind: str, value: str) -> bytes:
        return hmac.new(self.key, f"{kind}\0{value}".encode(), hashlib.sha256).digest()

    def _pseudonym(self, kind: str, value: str) -> str:
        short = self._digest(kind, value)[:PSEUDONYM_BYTES]
        return kind[0].upper() + base64.b32encode(short).decode("ascii").lower()

    def patient(self, patient_id: str) -> str:
        return self._pseudonym("patient", patient_id)

    def image(self, image_id: str) -> str:
        return self._pseudonym("image", image_id)

    def reader(self, reader_id: str, *, imported: bool = False) -> str:
        """ "R" and 80 bits; "E" for a reader from elsewhere."""
        return self._pseudonym("elsewhere" if imported else "reader", reader_id)

    def in_release_order(self, image_ids: Iterable[str]) -> list[str]:
        """The ids sorted by pseudonym: an order by time would give away what the dates hide."""
        return sorted(image_ids, key=self.image)

    def days_back(self, patient_id: str) -> int:
        """1 to 365, the same for every date of the patient."""
        number = int.from_bytes(self._digest("days", patient_id)[:8], "big")
        return 1 + number % MOST_DAYS_BACK

    def shifted(self, day: date | None, patient_id: str) -> str:
        """The date as the release says it; empty where it says none."""
        if day is None or self._policy.dates is Dates.NONE:
            return ""
        try:
            moved = day - timedelta(days=self.days_back(patient_id))
        except OverflowError:
            return ""
        return f"{moved.year:04d}" if self._policy.dates is Dates.YEAR else moved.isoformat()

    def record(
        self,
        source: SourceImage,
        statements: tuple[SourceStatement, ...],
        predictions: tuple[ExportPrediction, ...] = (),
    ) -> ExportRecord:
        """Raises ExportInvalid where a code is none of ours (its text is not repeated)."""
        key = self.image(source.image_id)
        image = ExportImage(
            key=key,
            file_name=f"{IMAGE_FOLDER}/{key}{self._policy.suffix}",
            width_px=source.width_px,
            height_px=source.height_px,
            patient_key=self.patient(source.patient_id),
            age_band=age_band(source.age_years),
            sex=_listed(Sex, source.sex),
            view=_listed(View, source.view),
            study_date=self.shifted(source.study_date, source.patient_id),
            split=source.split,
        )
        said = tuple(self._statement(image, source, statement) for statement in statements)
        return ExportRecord(image, said, predictions)

    def _statement(
        self, image: ExportImage, source: SourceImage, statement: SourceStatement
    ) -> ExportAnnotation:
        return ExportAnnotation(
            image_key=image.key,
            label=statement.label,
            reader_key=self.reader(statement.reader_id, imported=statement.imported),
            reviewed_on=self.shifted(statement.reviewed_on, source.patient_id),
            box_xyxy=statement.box_xyxy,
            certainty=_code(Certainty, statement.certainty),
            laterality=_code(Laterality, statement.laterality),
            decided=_code(Decided, statement.decided),
            model_score=statement.model_score,
            comment=statement.comment if self._policy.comments else "",
        )


def age_band(years: int | None) -> str:
    """57 -> "55-59", 90 and above -> "90+", unknown or impossible -> empty."""
    if years is None or not 0 <= years <= OLDEST_POSSIBLE_AGE:
        return ""
    if years > OLDEST_NAMED_AGE:
        return f"{OLDEST_NAMED_AGE + 1}+"
    low = years - years % BAND_YEARS
    return f"{low}-{low + BAND_YEARS - 1}"


def _listed(kind: type[Listed], text: str) -> Listed:
    """Header text is free text: what is not on the list becomes unknown."""
    plain = text.strip().upper()
    return kind(plain) if plain in set(kind) else kind("")


def _code(kind: type[Listed], text: str) -> Listed:
    if text not in set(kind):
        raise ExportInvalid(f"A {kind.__name__.lower()} is none of the known codes.")
    return kind(text)
