"""One file to its outputs, in the process that is called. Nothing of it is in memory afterwards."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cases.dicom.burned_in import TextRegion, find_text
from cases.dicom.codecs import DicomPixels
from cases.dicom.dicom_cautions import dicom_warnings
from cases.dicom.dicom_file import parse, read_layout
from cases.dicom.errors import FileDamaged, FileRefused, NotARadiograph, TooLarge, refusal
from cases.dicom.extraction.arrays import Plate, write_piece, write_png
from cases.dicom.extraction.deidentify import Pseudonyms
from cases.dicom.extraction.dicom_writer import write_dicom
from cases.dicom.extraction.errors import MaskDoesNotFit, PixelsMayName
from cases.dicom.extraction.fit import fitted, geometry_of, resized
from cases.dicom.extraction.metadata import Cell, FileNotes, metadata_cells
from cases.dicom.extraction.types import WORKER_LIMITS, Job, Outcome, TextRule, Wanted
from cases.dicom.grid import read_grid
from cases.dicom.header import read_identity, read_study
from cases.dicom.pixels import blanked, to_uint8, to_uint16
from cases.dicom.reader import HEAD_BYTES, decode, kind_of
from cases.dicom.types import DecodedImage, FileKind, StudyFacts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made:
    """One decoded file on its way out. ``stored``: its values with the text regions painted."""

    notes: FileNotes
    image: DecodedImage
    stored: NDArray[np.uint16]
    regions: tuple[TextRegion, ...]
    dataset: Dataset | None


def piece_path(pieces: Path, job: Job, kind: str) -> Path:
    """Where a job's file of a kind ("h5", "png", "dcm") lies until all are there.

    Named by the file itself, not by its place: files may come and go before a run goes on.
    """
    return pieces / f"{hashlib.sha256(f'{job.name}|{job.stamp}'.encode()).hexdigest()}.{kind}"


def extract_file(job: Job, wanted: Wanted, pieces: Path) -> Outcome:
    """Everything that is wanted of one file. A refusal is an outcome with its code."""
    try:
        return _extract(job, wanted, pieces)
    except FileRefused as error:
        refused: FileRefused = error
    except MemoryError:
        refused = refusal("decoder_memory")
    except RecursionError:
        refused = refusal("nested_too_deep")
    return Outcome(job.name, job.stamp, code=refused.code, message=refused.message)


def _extract(job: Job, wanted: Wanted, pieces: Path) -> Outcome:
    if job.path.stat().st_size > WORKER_LIMITS.max_file_bytes:
        raise TooLarge()
    data = job.path.read_bytes()
    kind = kind_of(data[:HEAD_BYTES])
    pseudonyms = Pseudonyms(wanted.key) if wanted.key is not None else None
    source = None
    if kind is FileKind.DICOM:
        source = _guarded(lambda: parse(data, WORKER_LIMITS.max_pixels))
    dataset = source.dataset if source else None
    notes = _guarded(lambda: _notes(job, kind, source, pseudonyms))
    if wanted.sealed:
        notes = replace(notes, key=job.path.stem)
    features = None
    if wanted.needs_pixels or source is None:
        image = _guarded(lambda: decode(data, WORKER_LIMITS))
        notes = replace(notes, grid=image.facts.grid, warnings=image.facts.warnings)
        if wanted.needs_pixels:
            regions = _text_regions(image, wanted.text)
            if wanted.text is not TextRule.KEEP:
                notes = replace(notes, suspected_text=len(regions))
            made = Made(
                notes,
                image,
                blanked(image, tuple(region.box_xyxy for region in regions)),
                regions,
                dataset,
            )
            features = _write(job, wanted, pieces, made)
    cells = None
    if wanted.metadata:
        cells = metadata_cells(notes, dataset, pseudonyms, sealed=wanted.sealed)
    return Outcome(job.name, job.stamp, notes.key, cells, features)


def _guarded(step: Callable[[], T]) -> T:
    """What libraries raise on a malformed file becomes a refusal with a code."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the libraries mutter about odd headers
            return step()
    except (FileRefused, MemoryError, RecursionError):
        raise
    except Exception as error:
        raise FileDamaged() from error


def _notes(
    job: Job, kind: FileKind, source: DicomPixels | None, pseudonyms: Pseudonyms | None
) -> FileNotes:
    """All that the header tells, nothing of the pixels yet."""
    if source is None:
        key = pseudonyms.file(job.name) if pseudonyms else job.name
        return FileNotes(key, kind.value, None, StudyFacts(), ())
    dataset = source.dataset
    study = read_study(dataset, source.transfer_syntax)
    grid, _ = read_grid(dataset, read_layout(dataset).stored)
    uid = study.sop_instance_uid
    return FileNotes(
        key=pseudonyms.uid(uid) if pseudonyms else uid,
        kind=kind.value,
        grid=grid,
        study=study,
        warnings=dicom_warnings(dataset, study, read_identity(dataset)),
    )


def _text_regions(image: DecodedImage, rule: TextRule) -> tuple[TextRegion, ...]:
    """Regions with suspected text. Raises PixelsMayName where the file is to be left out: by the
    rule, or because its header announces text that nobody can find.
    """
    if rule is TextRule.KEEP:
        return ()
    regions = find_text(to_uint8(image.stored, image.facts.grid))
    declared = image.facts.warns("burned_in")
    if (rule is TextRule.LEAVE_OUT and regions) or (declared and not regions):
        raise PixelsMayName()
    return regions


def _write(job: Job, wanted: Wanted, pieces: Path, made: Made) -> tuple[Cell, ...] | None:
    """Pieces and pictures as wanted; the feature cells, None where none are."""
    grid = made.image.facts.grid
    grey = to_uint8(made.stored, grid)
    if wanted.pixels or wanted.png:
        rows, columns = grey.shape
        geometry = geometry_of(rows, columns, wanted.size_px, wanted.fit)
        levels = (
            fitted(grey, geometry)
            if wanted.bits == 8
            else fitted(to_uint16(made.stored, grid), geometry)
        )
        plate = Plate(levels, geometry, grid, tuple(r.box_xyxy for r in made.regions))
        if wanted.pixels:
            write_piece(plate, piece_path(pieces, job, "h5"))
        if wanted.png:
            write_png(plate.pixels, piece_path(pieces, job, "png"))
    if wanted.dicom and wanted.key is not None and made.dataset is not None:
        path = piece_path(pieces, job, "dcm")
        write_dicom(made.dataset, replace(made.image, stored=made.stored), wanted.key, path)
    return _features(job, wanted, grey) if wanted.features else None


def _features(job: Job, wanted: Wanted, grey: NDArray[np.uint8]) -> tuple[Cell, ...]:
    from cases.dicom.extraction.features import table  # heavy: scikit-image, for this alone

    small = table.feature_image(grey, wanted.size_px or table.LONG_SIDE_PX)
    if min(small.shape) < table.SMALLEST_PX:
        raise NotARadiograph("The image is too small for features.", code="size_invalid")
    mask = None
    if job.mask is not None:
        content = job.mask.read_bytes()
        drawn = _guarded(lambda: decode(content, WORKER_LIMITS)).stored
        if drawn.shape != grey.shape:
            raise MaskDoesNotFit()
        shown = (drawn > drawn.max() // 2).astype(np.uint8) * 255
        mask = resized(shown, *small.shape) >= 128
    found = table.image_features(small, mask)
    return tuple(found[name] for name in table.feature_columns())
