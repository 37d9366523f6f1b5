"""What an annotation table holds: counts, shares, places, and values that cannot be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.eda.agreement import ClassAgreement, agreement
from inference.eda.types import Annotations, Bools, Floats, Ints

GRID = 64  # cells a side of the map of where boxes lie
MAX_AGE_YEARS = 120.0
AGE_EDGES = tuple(float(age) for age in range(0, 100, 10))


@dataclass(frozen=True, slots=True)
class ClassRow:
    """``share``: of the images that carry the class; ``per_largest``: of the most frequent class.

    ``area_percent``: 5, 25, 50, 75 and 95 % quantiles of box area as a percentage of the image,
    empty where no image with such a box has a known size.
    """

    label: str
    statements: int
    boxes: int
    images: int
    share: float
    per_largest: float
    area_percent: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """``code`` names a kind of impossible or doubtful value; ``examples``: a few image names."""

    code: str
    meaning: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that is drawn and tabled.

    reader_by_class (R, K) statements; no_finding_by_reader (R,); together (K, K) images that carry
    both, the diagonal those that carry the class; places (K, GRID, GRID) share of the class's boxes
    that cover the cell, NaN where no size is known; ages (I,) with NaN; sexes and views by count.
    """

    images: int
    statements: int
    images_without_finding: int
    images_not_read: int
    readers: tuple[str, ...]
    classes: tuple[ClassRow, ...]
    reader_by_class: Ints
    no_finding_by_reader: Ints
    together: Ints
    places: Floats
    ages: Floats
    sexes: tuple[tuple[str, int], ...]
    views: tuple[tuple[str, int], ...]
    agreement: tuple[ClassAgreement, ...]
    problems: tuple[Problem, ...]

    @property
    def no_finding_statements(self) -> int:
        return int(self.no_finding_by_reader.sum())


def profile(table: Annotations) -> Profile:
    """Count everything once. 67,914 rows of VinBigData take seconds."""
    carries = carried(table)
    by_class = np.zeros((len(table.readers), len(table.classes)), dtype=np.int64)
    found = table.found
    np.add.at(by_class, (table.reader[found], table.label[found]), 1)
    nothing = np.bincount(table.reader[~found], minlength=len(table.readers))
    read = np.zeros(len(table.images), dtype=bool)
    read[table.image] = True
    wide = carries.astype(np.int64)
    ages = np.array([item.age_years for item in table.facts], dtype=np.float64)
    return Profile(
        images=len(table.images),
        statements=len(table.image),
        images_without_finding=int((read & ~carries.any(axis=1)).sum()),
        images_not_read=int((~read).sum()),
        readers=table.readers,
        classes=_class_rows(table, carries),
        reader_by_class=by_class,
        no_finding_by_reader=nothing.astype(np.int64),
        together=wide.T @ wide,
        places=places(table),
        ages=ages,
        sexes=_counted([item.sex for item in table.facts]),
        views=_counted([item.view for item in table.facts]),
        agreement=agreement(table),
        problems=problems(table),
    )


def carried(table: Annotations) -> Bools:
    """(I, K): at least one reader states the class of the image."""
    result = np.zeros((len(table.images), len(table.classes)), dtype=bool)
    result[table.image[table.found], table.label[table.found]] = True
    return result


def _class_rows(table: Annotations, carries: Bools) -> tuple[ClassRow, ...]:
    images = carries.sum(axis=0)
    largest = max(int(images.max(initial=0)), 1)
    statements = np.bincount(table.label[table.found], minlength=len(table.classes))
    boxes = np.bincount(table.label[table.boxed], minlength=len(table.classes))
    areas = area_percent(table)
    rows: list[ClassRow] = []
    for index, label in enumerate(table.classes):
        known = areas[(table.label == index) & np.isfinite(areas)]
        spread = np.percentile(known, [5, 25, 50, 75, 95]) if len(known) else np.array([])
        rows.append(
            ClassRow(
                label=label,
                statements=int(statements[index]),
                boxes=int(boxes[index]),
                images=int(images[index]),
                share=float(images[index]) / max(len(table.images), 1),
                per_largest=float(images[index]) / largest,
                area_percent=tuple(float(value) for value in spread),
            )
        )
    return tuple(rows)


def area_percent(table: Annotations) -> Floats:
    """(N,) box area in percent of the image; NaN without a box or a size."""
    sides = table.boxes[:, 2:] - table.boxes[:, :2]
    area = sides.prod(axis=1) / table.sizes[table.image].prod(axis=1) * 100.0
    percent: Floats = np.where(table.boxed, area, np.nan)
    return percent


def places(table: Annotations) -> Floats:
    """(K, GRID, GRID) float64 in [0, 1]: share of the class's boxes whose area holds the cell."""
    sizes = table.sizes[table.image]
    usable = table.boxed & np.isfinite(sizes).all(axis=1)
    result = np.full((len(table.classes), GRID, GRID), np.nan)
    corners = table.boxes[usable] / np.tile(sizes[usable], 2) * GRID
    low = np.clip(np.floor(corners[:, :2]), 0, GRID).astype(np.int64)
    high = np.clip(np.ceil(corners[:, 2:]), 0, GRID).astype(np.int64)
    labels = table.label[usable]
    for index in range(len(table.classes)):
        mine = labels == index
        if mine.any():
            # Corners of a summed table: a box costs four additions, whatever its area.
            steps = np.zeros((GRID + 1, GRID + 1))
            np.add.at(steps, (low[mine, 1], low[mine, 0]), 1)
            np.add.at(steps, (high[mine, 1], high[mine, 0]), 1)
            np.add.at(steps, (low[mine, 1], high[mine, 0]), -1)
            np.add.at(steps, (high[mine, 1], low[mine, 0]), -1)
            result[index] = steps.cumsum(axis=0).cumsum(axis=1)[:GRID, :GRID] / mine.sum()
    return result


def _counted(values: list[str]) -> tuple[tuple[str, int], ...]:
    names = sorted(set(values))
    return tuple((name or "unknown", values.count(name)) for name in names)


def problems(table: Annotations) -> tuple[Problem, ...]:
    """Impossible and doubtful values, the kinds that occur."""
    rows = _row_problems(table)
    found = [
        _problem(code, meaning, [table.images[image] for image in table.image[mask]])
        for code, meaning, mask in rows
        if mask.any()
    ]
    ages = np.array([item.age_years for item in table.facts], dtype=np.float64)
    with np.errstate(invalid="ignore"):
        impossible = np.flatnonzero((ages < 0) | (ages > MAX_AGE_YEARS))
    if len(impossible):
        names = [table.images[index] for index in impossible]
        found.append(_problem("age_impossible", "age below 0 or above 120 years", names))
    return tuple(found)


def _row_problems(table: Annotations) -> list[tuple[str, str, Bools]]:
    boxes, sizes = table.boxes, table.sizes[table.image]
    has_box: Bools = np.asarray(np.isfinite(boxes).any(axis=1))
    with np.errstate(invalid="ignore"):
        outside: Bools = np.asarray(((boxes[:, :2] < 0) | (boxes[:, 2:] > sizes)).any(axis=1))
    keys = np.column_stack([table.image, table.label, table.reader, np.nan_to_num(boxes, nan=-1.0)])
    _, inverse, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    repeated: Bools = counts[inverse.reshape(-1)] > 1
    return [
        ("box_outside_image", "a side of the box lies outside the image", has_box & outside),
        ("box_empty", "the box has no area", has_box & table.found & ~table.boxed),
        ("finding_without_box", "a finding without a box", table.found & ~has_box),
        ("no_finding_with_box", "no finding, but a box", ~table.found & has_box),
        ("contradiction", "a reader states both findings and none", _contradictions(table)),
        ("repeated", "the same statement stands more than once", repeated),
    ]


def _contradictions(table: Annotations) -> Bools:
    read = table.image * max(len(table.readers), 1) + table.reader
    both = np.intersect1d(read[table.found], read[~table.found])
    result: Bools = np.isin(read, both) & ~table.found
    return result


def _problem(code: str, meaning: str, images: list[str]) -> Problem:
    return Problem(code, meaning, len(images), tuple(dict.fromkeys(images))[:5])
