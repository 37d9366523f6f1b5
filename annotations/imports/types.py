"""What the readers of formats give: images, statements about them, and rows that say nothing.

Rows carry where they stand (``file`` and ``row``), since the one who mends a data set looks there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Xyxy = tuple[float, float, float, float]
Resolver = Callable[[str], str]  # a label of the data set -> code of our vocabulary, "" for none


class Format(StrEnum):
    PORTAL = "portal"
    COCO = "coco"
    YOLO = "yolo"
    VINBIGDATA = "vinbigdata"
    CHESTXRAY14 = "chestxray14"


@dataclass(frozen=True, slots=True)
class Place:
    """``row`` counts from 1: the line of a text file, the element of a JSON list."""

    file: str
    row: int


@dataclass(frozen=True, slots=True)
class DatasetImage:
    """``key`` names it within the data set, ``file_name`` where its pixels are looked for.

    ``width_px`` and ``height_px``: the frame that its boxes are stated in, None: its own pixels.
    ``implied``: named by a statement only; it may be named again.
    """

    key: str
    file_name: str
    place: Place
    patient: str = ""
    sex: str = ""
    age_years: int | None = None
    view: str = ""
    study_date: str = ""
    width_px: float | None = None
    height_px: float | None = None
    implied: bool = False


@dataclass(frozen=True, slots=True)
class DatasetStatement:
    """What one reader says of one image. ``label`` empty: no finding.

    ``box`` is xyxy in the frame of the image; with ``frame`` in that one (width, height), (1, 1)
    being shares of the image.
    """

    key: str
    reader: str
    label: str
    place: Place
    box: Xyxy | None = None
    frame: tuple[float, float] | None = None
    certainty: str = "CERTAIN"
    laterality: str = ""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that was not imported, or not as it stands. ``code`` is stable, ``message`` words."""

    place: Place
    image: str
    code: str
    message: str


NO_FINDING_NAMES = frozenset({"no finding", "no_finding", "normal"})


def stated_label(text: str) -> str:
    """The label, or "" where the data set spells out that nothing is found."""
    return "" if text.strip().lower() in NO_FINDING_NAMES else text.strip()


Item = DatasetImage | DatasetStatement | RowProblem


@dataclass(frozen=True, slots=True)
class Options:
    """How to read what a format leaves open.

    ``reader``: who stands behind statements that name nobody. ``empty_is_normal``: an image
    without any statement is stated to have no finding; else nothing is stated of it.
    """

    reader: str = "annotator"
    empty_is_normal: bool = False
