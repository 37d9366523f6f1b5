"""What every data set becomes: one record an image, with what is known of it and what is not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from inference.predict.types import Box

NO_FINDING = "No Finding"
_SIDE = re.compile(r"(?<![a-z])(left|right|l|r)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """One image. ``soft``: another model's probability for each label, empty where there is none.

    ``image``: name below the data's folder, ``FILE.h5::KEY`` inside an HDF5 file.
    ``boxes``: (label, box in pixels of the stored image); ``readers``: how many readers agree on
    each of them, empty where nobody counted. ``known``: labels that are known to be present or
    absent; what is not in it is masked in training and evaluation.
    ``uncertain``: (label, target) of labels in doubt: they train with this target but judge
    nothing, so they are not in ``known``. ``part``: the part of the split that the data states.
    """

    image: str
    patient_id: str
    labels: frozenset[str]
    known: frozenset[str]
    boxes: tuple[tuple[str, Box], ...]
    soft: tuple[float, ...] = ()
    readers: tuple[int, ...] = ()
    uncertain: tuple[tuple[str, float], ...] = ()
    part: str = ""
    age_years: float | None = None
    sex: str = ""
    view: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """``sha256`` names the data: of labels, boxes and file names, not of the pixels.

    ``label_set``: "chestxray14", "vindr14", or empty where the labels are the data's own.
    ``left_out``: (what, how many) of the source that no record tells, such as labels that the
    label set has no name for.
    """

    name: str
    labels: tuple[str, ...]
    box_labels: tuple[str, ...]
    records: tuple[Record, ...]
    folder: Path
    sha256: str
    label_set: str = ""
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def sided_labels(self) -> tuple[str, ...]:
        """Labels that name a side of the body: a mirrored image would contradict them."""
        return tuple(label for label in self.labels if _SIDE.search(label.replace("_", " ")))

    def of_patients(self, patients: frozenset[str]) -> tuple[int, ...]:
        """Indices of the records of these patients."""
        return tuple(i for i, item in enumerate(self.records) if item.patient_id in patients)
