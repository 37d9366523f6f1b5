"""One row of metadata a file: own columns first, then the attributes of the table."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset

from cases.dicom import elements
from cases.dicom.extraction.attributes import ATTRIBUTES, Attribute, Treatment, columns_of
from cases.dicom.extraction.deidentify import (
    METHOD,
    OLDEST_NAMED_AGE,
    PROFILE_CODES,
    HeaderCleaner,
    Pseudonyms,
)
from cases.dicom.types import FileWarning, PixelGrid, StudyFacts

Cell = str | int | float | None
SEPARATOR = "\\"  # as DICOM parts its values
OWN_COLUMNS = (
    "key",
    "kind",
    "rows_px",
    "columns_px",
    "bits_stored",
    "age_years",
    "view",
    "row_spacing_mm",
    "column_spacing_mm",
    "spacing_kind",
    "suspected_text",
    "warnings",
)
_STATEMENTS = {
    "PatientIdentityRemoved": "YES",
    "DeidentificationMethod": METHOD,
    "DeidentificationMethodCodeSequence": SEPARATOR.join(PROFILE_CODES),
    "LongitudinalTemporalInformationModified": "MODIFIED",
}
_VIEWS = frozenset(("PA", "AP", "LL", "RL", "LATERAL", "LLD", "RLD"))


@dataclass(frozen=True, slots=True)
class FileNotes:
    """What is known of a file beside its header; ``suspected_text`` None where nobody looked.
    ``grid`` is None only until a picture is decoded.
    """

    key: str
    kind: str
    grid: PixelGrid | None
    study: StudyFacts
    warnings: tuple[FileWarning, ...]
    suspected_text: int | None = None


def metadata_columns(*, with_identity: bool) -> tuple[str, ...]:
    """The header row."""
    return OWN_COLUMNS + columns_of(with_identity=with_identity)


def metadata_cells(
    notes: FileNotes,
    dataset: Dataset | None,
    pseudonyms: Pseudonyms | None,
    *,
    sealed: bool = False,
) -> tuple[Cell, ...]:
    """The cells of ``metadata_columns``; without ``pseudonyms`` as they stand in the file, which is
    with identity unless it is ``sealed``. Without a data set (a picture) only the own columns are
    filled.
    """
    columns = columns_of(with_identity=pseudonyms is None and not sealed)
    wanted = [row for row in ATTRIBUTES if row.keyword in columns]
    if dataset is None:
        return _own(notes, pseudonyms) + (None,) * len(wanted)
    if pseudonyms is None:
        return _own(notes, None) + tuple(_original(dataset, row) for row in wanted)
    cleaner = HeaderCleaner(dataset, pseudonyms)
    return _own(notes, pseudonyms) + tuple(_cleaned(cleaner, row) for row in wanted)


def _own(notes: FileNotes, pseudonyms: Pseudonyms | None) -> tuple[Cell, ...]:
    grid, study, age = notes.grid, notes.study, notes.study.age_years
    if grid is None:
        raise ValueError("the picture is not decoded")
    spacing: tuple[float | None, float | None] = grid.spacing_mm or (None, None)
    if pseudonyms is not None and age is not None:
        age = min(age, OLDEST_NAMED_AGE + 1)
    return (
        notes.key,
        notes.kind,
        grid.rows,
        grid.columns,
        grid.bits_stored,
        age,
        study.view_position if study.view_position in _VIEWS else "",
        *spacing,
        grid.spacing_kind.value,
        notes.suspected_text,
        " ".join(warning.code for warning in notes.warnings),
    )


def _cleaned(cleaner: HeaderCleaner, row: Attribute) -> Cell:
    if row.treatment is Treatment.STATED:
        return _STATEMENTS[row.keyword]
    return _cell(cleaner.values(row), is_number=row.treatment is Treatment.NUMBER)


def _original(dataset: Dataset, row: Attribute) -> Cell:
    """The value as it stands, clean text of at most 200 characters each."""
    if _is_sequence(row.keyword):
        items = elements.items(dataset, row.keyword)
        return SEPARATOR.join(elements.text(item, "CodeValue") for item in items)
    found = elements.texts(dataset, row.keyword)
    return _cell(found, is_number=row.treatment is Treatment.NUMBER)


def _is_sequence(keyword: str) -> bool:
    tag = tag_for_keyword(keyword)
    return tag is not None and dictionary_VR(tag) == "SQ"


def _cell(values: tuple[str, ...], *, is_number: bool) -> Cell:
    """A lone number as a number, several values joined, nothing as an empty cell."""
    if is_number and len(values) == 1:
        try:
            number = float(values[0])
        except ValueError:
            return values[0]
        return int(number) if number.is_integer() else number
    return SEPARATOR.join(values) or None
