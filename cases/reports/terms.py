"""The closed lists of words that a report is made of."""

from __future__ import annotations

from enum import StrEnum


class Sex(StrEnum):
    """DICOM (0010,0040)."""

    MALE = "M"
    FEMALE = "F"
    OTHER = "O"
    UNKNOWN = ""


class Laterality(StrEnum):
    LEFT = "L"
    RIGHT = "R"
    BOTH = "B"
    NOT_STATED = ""


class Certainty(StrEnum):
    CERTAIN = "CERTAIN"
    PROBABLE = "PROBABLE"
    POSSIBLE = "POSSIBLE"


class Decision(StrEnum):
    """How a finding came into the report. A finding without a box holds for the whole image."""

    ACCEPTED = "ACCEPTED"
    CORRECTED = "CORRECTED"
    DRAWN = "DRAWN"
