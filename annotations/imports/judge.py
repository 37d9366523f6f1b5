"""From the rows of one image to what each reader states of it, and what cannot be taken."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from annotations.imports.types import (
    DatasetImage,
    DatasetStatement,
    Options,
    Resolver,
    RowProblem,
    Xyxy,
)

TOLERANCE_PX = 1.0  # rounding; further out is another image
ASPECT_TOLERANCE = 0.02
DECIMALS = 3
CERTAINTIES = frozenset({"CERTAIN", "PROBABLE", "POSSIBLE"})
LATERALITIES = frozenset({"L", "R", "B", ""})


@dataclass(frozen=True, slots=True)
class Stated:
    """``label``: code of our vocabulary. ``box_xyxy``: pixels of the image at hand."""

    label: str
    box_xyxy: Xyxy | None
    certainty: str
    laterality: str


@dataclass(frozen=True, slots=True)
class Read:
    """What one reader says of the image: findings, or that there are none."""

    reader: str
    findings: tuple[Stated, ...]

    @property
    def no_finding(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Judged:
    """``unknown_labels``: as the data set spells them, one entry a row."""

    reads: tuple[Read, ...]
    problems: tuple[RowProblem, ...]
    unknown_labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judge:
    code_of: Resolver
    options: Options

    def judge(
        self,
        image: DatasetImage,
        statements: Iterable[DatasetStatement],
        size_px: tuple[int, int] | None,
    ) -> Judged:
        """``size_px``: (width, height) of the image at hand; None (a dry run that did not decode):
        boxes are held against the size that the data set states.
        """
        found: dict[str, list[Stated]] = {}
        nothing: dict[str, DatasetStatement] = {}
        problems: list[RowProblem] = []
        unknown: list[str] = []
        stated = list(statements)
        for statement in stated:
            if not statement.label:
                nothing.setdefault(statement.reader, statement)
                continue
            mine = found.setdefault(statement.reader, [])
            result = self._one(image, statement, size_px)
            if isinstance(result, RowProblem):
                problems.append(result)
                unknown += [statement.label] * (result.code == "label_unknown")
            elif result in mine:
                problems.append(_problem(statement, "row_repeated", "Stated already; once counts."))
            else:
                mine.append(result)
        for reader, said in nothing.items():
            if reader in found:
                words = "The same reader states findings of this image; none is no statement then."
                problems.append(_problem(said, "contradiction", words))
        if not stated and self.options.empty_is_normal:
            nothing[self.options.reader] = DatasetStatement(image.key, "", "", image.place)
        reads = [Read(reader, tuple(items)) for reader, items in found.items() if items]
        # A reader whose every finding was refused has not called the image normal.
        reads += [Read(reader, ()) for reader in nothing if reader not in found]
        return Judged(tuple(reads), tuple(problems), tuple(unknown))

    def _one(
        self, image: DatasetImage, statement: DatasetStatement, size_px: tuple[int, int] | None
    ) -> Stated | RowProblem:
        code = self.code_of(statement.label)
        if not code:
            words = f"The vocabulary has no {statement.label[:80]!r}; map it or leave it out."
            return _problem(statement, "label_unknown", words)
        laterality = statement.laterality.upper()
        if statement.certainty not in CERTAINTIES or laterality not in LATERALITIES:
            words = "Certainty or laterality is none of the known codes."
            return _problem(statement, "code_unknown", words)
        box = statement.box
        if box is not None:
            placed = _placed(box, image, statement, size_px)
            if isinstance(placed, RowProblem):
                return placed
            box = placed
        return Stated(code, box, statement.certainty, laterality)


def _placed(
    box: Xyxy, image: DatasetImage, statement: DatasetStatement, size_px: tuple[int, int] | None
) -> Xyxy | RowProblem:
    """The box in pixels of the image at hand."""
    if not all(math.isfinite(side) for side in box):
        return _problem(statement, "box_not_numbers", "A side of the box is not a number.")
    frame = statement.frame or _frame(image)
    if size_px is None:
        size_px = (round(frame[0]), round(frame[1])) if frame and frame != (1.0, 1.0) else None
    if frame is not None and size_px is not None:
        across, down = size_px[0] / frame[0], size_px[1] / frame[1]
        if frame != (1.0, 1.0) and abs(across / down - 1.0) > ASPECT_TOLERANCE:
            words = "The image at hand has another shape than the one the box was drawn on."
            return _problem(statement, "size_differs", words)
        box = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
    x_min, y_min, x_max, y_max = (round(side, DECIMALS) for side in box)
    if x_min >= x_max or y_min >= y_max:
        return _problem(statement, "box_empty", "The box has no area.")
    if size_px is None:
        return x_min, y_min, x_max, y_max
    width, height = size_px
    over = max(-x_min, -y_min, x_max - width, y_max - height)
    if over > TOLERANCE_PX:
        words = f"The box leaves the image of {width} x {height} px by {over:.1f} px."
        return _problem(statement, "box_outside_image", words)
    clipped = max(x_min, 0.0), max(y_min, 0.0), min(x_max, width), min(y_max, height)
    if clipped[0] >= clipped[2] or clipped[1] >= clipped[3]:
        return _problem(statement, "box_empty", "The box has no area within the image.")
    return clipped


def _frame(image: DatasetImage) -> tuple[float, float] | None:
    if image.width_px is None or image.height_px is None:
        return None
    return image.width_px, image.height_px


def _problem(statement: DatasetStatement, code: str, message: str) -> RowProblem:
    return RowProblem(statement.place, statement.key, code, message)
