"""What a reader states, apart from rows: to be compared with what others state, or they did before.

Boxes are xyxy in original image pixels; a finding without a box is of the whole image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

BoxXyxy = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class StatedFinding:
    """``key`` stays the same while a reader edits the finding. ``proposal``: that of the model
    which was accepted or corrected.
    """

    key: str
    image: str
    label: str
    box: BoxXyxy | None = None
    proposal: str = ""
    certainty: str = "CERTAIN"
    laterality: str = ""
    comment: str = ""

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The reverse of ``to_json``; a stored box is a list."""
        box = stored["box"]
        return cls(**{**stored, "box": tuple(box) if box is not None else None})


@dataclass(frozen=True, slots=True)
class StatedRead:
    """One read: its findings, "no finding", and the words of its impression."""

    findings: tuple[StatedFinding, ...]
    no_finding: bool = False
    impression: str = ""
