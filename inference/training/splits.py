"""Which patient trains, tunes or tests: seeded, stratified by finding, named by a hash."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.training.errors import DataRefused
from inference.training.rows import read_rows

TRAIN, VALIDATION, TEST = "train", "validation", "test"
PARTS = (TRAIN, VALIDATION, TEST)


@dataclass(frozen=True, slots=True)
class Split:
    """``parts``: (patient id, part), sorted by patient id. A patient has all images in one part."""

    parts: tuple[tuple[str, str], ...]

    @property
    def sha256(self) -> str:
        """SHA-256 of the CSV text that ``save`` writes."""
        return hashlib.sha256(self.to_csv().encode()).hexdigest()

    def patients(self, part: str) -> frozenset[str]:
        return frozenset(patient for patient, where in self.parts if where == part)

    def to_csv(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("patient_id", "part"))
        writer.writerows(self.parts)
        return text.getvalue()

    def save(self, path: Path) -> None:
        path.write_text(self.to_csv(), encoding="utf-8")


def load_split(path: Path) -> Split:
    """Raises DataRefused for unknown parts or a patient that stands twice."""
    rows = read_rows(path, ("patient_id", "part"))
    seen: dict[str, str] = {}
    for row in rows:
        patient, part = row.text("patient_id"), row.text("part")
        if patient in seen:
            raise row.refused(f"the patient {patient} stands twice in the split")
        if part not in PARTS:
            raise row.refused(f"the part {part} is none of {', '.join(PARTS)}")
        seen[patient] = part
    return Split(tuple(sorted(seen.items())))


def given_split(path: Path, patients: Iterable[str]) -> Split:
    """The split of a file, for these patients. Raises DataRefused where it does not name them all.

    Patients of the file that the data has not are kept, so that the hash stays that of the file.
    """
    split = load_split(path)
    named = {patient for patient, _ in split.parts}
    missing = sorted(set(patients) - named)
    if missing:
        few = ", ".join(missing[:3])
        raise DataRefused(f"{path.name} has no part for {len(missing)} patients, such as {few}.")
    return split


def stated_split(images: Iterable[tuple[str, str, str]]) -> Split | None:
    """(image, patient, part) of data that states its parts; None where no image has one.

    Raises DataRefused where only some have one, or a patient is in two parts.
    """
    parts: dict[str, str] = {}
    without = ""
    for image, patient, part in images:
        if not part:
            without = image
        elif parts.setdefault(patient, part) != part:
            raise DataRefused(f"{image}: its patient is both in {parts[patient]} and in {part}.")
    if parts and without:
        raise DataRefused(f"{without} has no part of the split, though others have one.")
    return Split(tuple(sorted(parts.items()))) if parts else None


def listed_split(
    images: Iterable[tuple[str, str, tuple[str, ...]]],
    test_list: Path,
    *,
    validation_share: float,
    seed: int,
) -> Split:
    """(image, patient, labels) with a list of the images to test on, such as ChestX-ray14's.

    The other patients are divided as by ``split_patients``; ``validation_share`` is of them.
    Raises DataRefused where the list cannot be read, knows no image, or divides a patient.
    """
    try:
        listed = set(test_list.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise DataRefused(f"{test_list.name} cannot be read: {error}") from error
    rows = [(Path(image).name, patient, labels) for image, patient, labels in images]
    test = {patient for image, patient, _ in rows if image in listed}
    if not test:
        raise DataRefused(f"{test_list.name} names no image of the data.")
    for image, patient, _ in rows:
        if patient in test and image not in listed:
            raise DataRefused(f"{test_list.name} lists only some images of patient {patient}.")
    rest = split_patients(
        ((patient, labels) for _, patient, labels in rows if patient not in test),
        validation_share=validation_share,
        test_share=0.0,
        seed=seed,
    )
    return Split(tuple(sorted((*rest.parts, *((patient, TEST) for patient in test)))))


def check_parts(split: Split, patients: Iterable[str]) -> None:
    """Raises DataRefused unless there are patients to train on and patients to validate on."""
    present = set(patients)
    for part in (TRAIN, VALIDATION):
        if not split.patients(part) & present:
            raise DataRefused(f"The split leaves no patient for {part}.")


def split_patients(
    findings: Iterable[tuple[str, tuple[str, ...]]],
    *,
    validation_share: float,
    test_share: float,
    seed: int,
) -> Split:
    """(patient id, labels) an image -> Split. The same input and seed give the same split.

    Each patient counts for the rarest finding of all their images; every such group is divided in
    the wanted shares, so that rare findings are in each part.
    """
    labels_of: dict[str, set[str]] = {}
    for patient, labels in findings:
        labels_of.setdefault(patient, set()).update(labels)
    counts = Counter(label for labels in labels_of.values() for label in labels)
    groups: dict[str, list[str]] = {}
    for patient in sorted(labels_of):
        rarest = min(labels_of[patient], key=lambda label: (counts[label], label), default="")
        groups.setdefault(rarest, []).append(patient)
    random = np.random.default_rng(seed)
    parts: list[tuple[str, str]] = []
    for group in sorted(groups):
        # One random start a group: a group too small for its share still lands somewhere fairly.
        position = (random.permutation(len(groups[group])) + random.random()) / len(groups[group])
        for patient, place in zip(groups[group], position % 1.0, strict=True):
            part = TRAIN
            if place < test_share:
                part = TEST
            elif place < test_share + validation_share:
                part = VALIDATION
            parts.append((patient, part))
    return Split(tuple(sorted(parts)))
