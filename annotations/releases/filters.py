"""What a release is asked to hold, and how it is divided and labelled."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from annotations.exports.errors import ExportInvalid
from annotations.exports.splits import DEFAULT_RULE, SplitRule
from annotations.exports.types import Sex, View
from annotations.releases.errors import ReleaseFilterInvalid
from annotations.releases.formats import LABEL_SET_CHOICES, UNION
from inference.predict.labels import VOCABULARY

OLDEST_YEARS = 130


class Reads(StrEnum):
    """Whose statements a release holds."""

    SIGNED = "signed"  # of the newest signed report
    CONSENSUS = "consensus"  # what several reads came to
    ANY = "any"  # every completed read, imported ones too; a reader's amendment replaces theirs
    IMPORTED = "imported"  # reads that came with a data set


class Images(StrEnum):
    """How the images of a release are written."""

    PNG8 = "png8"
    PNG16 = "png16"
    DICOM = "dicom"


@dataclass(frozen=True, slots=True)
class ReleaseFilters:
    """Empty tuples take everything. Ages are at the time of the study, both ends included.

    ``findings``: a case is taken when a reader stated one of them. ``reads``: whose statements go
    in; ``readers``: aliases of ``selectors.reader_choices``. ``models``: SHA-256 of versions; a
    case is taken when one of them has analysed it. ``label_set``: that of the YOLO files. Shares
    are of the patients; what is in neither trains. Consent is asked of every patient.
    """

    include_synthetic: bool = False
    study_date_from: date | None = None
    study_date_to: date | None = None
    findings: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    sexes: tuple[str, ...] = ()
    age_from: int | None = None
    age_to: int | None = None
    reads: str = Reads.SIGNED
    readers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    images: str = Images.PNG8
    label_set: str = UNION
    validation_share: float = DEFAULT_RULE.validation
    test_share: float = DEFAULT_RULE.test
    split_seed: int = DEFAULT_RULE.seed

    def checked(self) -> ReleaseFilters:
        """Raises ReleaseFilterInvalid for unknown codes and ranges that hold nothing."""
        codes = {term.code for term in VOCABULARY}
        ages = [age for age in (self.age_from, self.age_to) if age is not None]
        first, last = self.study_date_from, self.study_date_to
        rules = (
            (set(self.findings) <= codes, "A finding is not in the vocabulary."),
            (set(self.views) <= set(View) - {""}, "A view is none of the known ones."),
            (set(self.sexes) <= set(Sex) - {""}, "A sex is none of F, M, O."),
            (all(0 <= age <= OLDEST_YEARS for age in ages), "An age is not from 0 to 130."),
            (ages == sorted(ages), "The highest age is below the lowest."),
            (not (first and last and last < first), "The last date is before the first."),
            (self.reads in set(Reads), "Reads are signed, consensus, any or imported."),
            (self.images in set(Images), "Images are png8, png16 or dicom."),
            (self.label_set in LABEL_SET_CHOICES, "There is no such label set."),
        )
        for holds, message in rules:
            if not holds:
                raise ReleaseFilterInvalid(message)
        try:
            SplitRule(self.validation_share, self.test_share, self.split_seed)
        except ExportInvalid as error:
            raise ReleaseFilterInvalid(error.message) from error
        return self

    def as_json(self) -> dict[str, Any]:
        """What the row of the release and its manifest keep."""
        plain = asdict(self)
        for name in ("study_date_from", "study_date_to"):
            plain[name] = plain[name].isoformat() if plain[name] else None
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()
        }
