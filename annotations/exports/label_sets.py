"""A published label set as the formats that number their classes need it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from annotations.exports.types import NO_FINDING, ExportAnnotation


@dataclass(frozen=True, slots=True)
class LabelSet:
    """``names``: class 0, 1, ...; ``class_of``: vocabulary code -> class; what it lacks is dropped.

    ``no_finding``: the class that states the absence of findings, where the set has one.
    """

    name: str
    names: tuple[str, ...]
    class_of: Mapping[str, int]
    no_finding: int | None = None


class Mapper:
    """Maps statements, and counts by code what the set has no class for."""

    def __init__(self, label_set: LabelSet) -> None:
        self.label_set = label_set
        self.dropped: Counter[str] = Counter()

    def mapped(
        self, statements: tuple[ExportAnnotation, ...]
    ) -> list[tuple[int, ExportAnnotation]]:
        """(class, statement) of every finding that the set can say."""
        found: list[tuple[int, ExportAnnotation]] = []
        for statement in statements:
            if statement.label == NO_FINDING:
                continue
            number = self.label_set.class_of.get(statement.label)
            if number is None:
                self.dropped[statement.label] += 1
            else:
                found.append((number, statement))
        return found
