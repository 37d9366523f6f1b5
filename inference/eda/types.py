"""One annotation table, by columns: who stated what of which image, and where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NO_FINDING = -1  # in Annotations.label


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What is known of an image besides its annotations; NaN and "" where it is not known."""

    width_px: float = float("nan")
    height_px: float = float("nan")
    age_years: float = float("nan")
    sex: str = ""
    view: str = ""


@dataclass(frozen=True, slots=True)
class Annotations:
    """N statements about I images by R readers, K classes.

    ``image``, ``label``, ``reader`` (N,) index ``images``, ``classes``, ``readers``; a label of
    NO_FINDING states that the reader found nothing. ``boxes`` (N, 4) xyxy in pixels, NaN without a
    box. ``facts``: one an image.
    """

    images: tuple[str, ...]
    classes: tuple[str, ...]
    readers: tuple[str, ...]
    image: Ints
    label: Ints
    reader: Ints
    boxes: Floats
    facts: tuple[ImageFacts, ...]

    @property
    def found(self) -> Bools:
        """(N,): the statement is a finding."""
        found: Bools = self.label != NO_FINDING
        return found

    @property
    def boxed(self) -> Bools:
        """(N,): a finding with a box that is not empty."""
        with np.errstate(invalid="ignore"):
            whole = (self.boxes[:, 2] > self.boxes[:, 0]) & (self.boxes[:, 3] > self.boxes[:, 1])
        boxed: Bools = self.found & whole
        return boxed

    @property
    def sizes(self) -> Floats:
        """(I, 2) width and height in pixels, NaN where unknown."""
        pairs = [(item.width_px, item.height_px) for item in self.facts]
        return np.array(pairs, dtype=np.float64).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Statement:
    """One row before it is put into columns. ``label`` "" states no finding."""

    image: str
    label: str
    reader: str
    box: tuple[float, float, float, float] | None = None


def to_columns(
    statements: list[Statement], facts: dict[str, ImageFacts], classes: tuple[str, ...] = ()
) -> Annotations:
    """Classes in the order given, then the others by name; an image may have facts only."""
    seen = {item.label for item in statements if item.label}
    names = (*classes, *sorted(seen - set(classes)))
    images = tuple(sorted({item.image for item in statements} | set(facts)))
    readers = tuple(sorted({item.reader for item in statements}, key=lambda r: (len(r), r)))
    of_image = {name: index for index, name in enumerate(images)}
    of_reader = {name: index for index, name in enumerate(readers)}
    of_class = {name: index for index, name in enumerate(names)} | {"": NO_FINDING}
    nowhere = (float("nan"),) * 4
    return Annotations(
        images=images,
        classes=names,
        readers=readers,
        image=np.array([of_image[item.image] for item in statements], dtype=np.int64),
        label=np.array([of_class[item.label] for item in statements], dtype=np.int64),
        reader=np.array([of_reader[item.reader] for item in statements], dtype=np.int64),
        boxes=np.array([item.box or nowhere for item in statements], dtype=np.float64).reshape(
            -1, 4
        ),
        facts=tuple(facts.get(name, ImageFacts()) for name in images),
    )
