"""The check that a release must pass before it is sealed. It reads what was written, afresh.

COCO is held in memory for it (about 1 kB a statement): ``selfcheck_process`` runs it in a process
of its own. ``check_release`` gathers problems of every kind; ``require`` refuses.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from annotations.exports.csv_rows import FINDING_COLUMNS, IMAGE_COLUMNS
from annotations.exports.dicom_check import dicom_problem
from annotations.exports.errors import PictureInvalid, SelfCheckFailed
from annotations.exports.formats_check import coco_loads, compare_vinbigdata, compare_yolo
from annotations.exports.label_sets import LabelSet
from annotations.exports.phi_scan import DICOM, PhiScan
from annotations.exports.pictures import holds_only_pixels, picture_size
from annotations.exports.read_back import Release, read_release
from annotations.exports.rows_check import compare_rows, index_problems
from annotations.exports.tables import README
from annotations.exports.types import Certainty, Decided, Split

MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """``problems`` in words, without identity, at most 50; empty when the release is sound."""

    problems: tuple[str, ...]
    images: int
    statements: int
    boxes: int
    texts_not_searched: int

    def require(self) -> None:
        """Raises SelfCheckFailed with the first problem."""
        if self.problems:
            more = len(self.problems) - 1
            raise SelfCheckFailed(self.problems[0] + (f" ({more} more)" if more else ""))


@dataclass(frozen=True, slots=True)
class WrittenFormats:
    """The label sets that the VinBigData and the YOLO files were written in."""

    vinbigdata: LabelSet
    yolo: LabelSet


def check_release(
    folder: Path,
    *,
    forbidden: Iterable[str] = (),
    pictures: bool = True,
    formats: WrittenFormats | None = None,
) -> SelfCheck:
    """COCO loads, boxes lie inside, all formats agree row by row, pictures are only pixels.

    ``forbidden``: names, record and accession numbers, UIDs of everybody in the release; none of
    them may stand in any byte of any file (phi_scan says how it searches).
    """
    try:
        release = read_release(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = f"The tables cannot be read back: {type(error).__name__}."
        return SelfCheck((problem,), 0, 0, 0, 0)
    scan = PhiScan(forbidden, own_words(release))
    problems = chain(
        index_problems(release),
        _readable(compare_rows(release, folder)),
        _readable(_format_problems(release, folder, formats)),
        _picture_problems(release, folder) if pictures else (),
        (f"An identifying text stands in {hit.file}." for hit in scan.folder(folder)),
    )
    return SelfCheck(
        problems=tuple(islice(dict.fromkeys(problems), MOST_PROBLEMS)),
        images=len(release.images),
        statements=len(release.statements),
        boxes=sum(statement.box_xyxy is not None for statement in release.statements.values()),
        texts_not_searched=scan.not_searched,
    )


def _format_problems(
    release: Release, folder: Path, formats: WrittenFormats | None
) -> Iterator[str]:
    yield from coco_loads(folder)
    if formats is not None:
        yield from compare_vinbigdata(release, folder, formats.vinbigdata)
        yield from compare_yolo(release, folder, formats.yolo)


def _readable(problems: Iterator[str]) -> Iterator[str]:
    """A file that is no CSV at all is a problem like the others."""
    try:
        yield from problems
    except (OSError, ValueError, KeyError, csv.Error) as error:
        yield f"A table cannot be read back: {type(error).__name__}."


def own_words(release: Release) -> frozenset[str]:
    """Words that every release of this vocabulary holds, in small letters."""
    texts = [
        README,
        *FINDING_COLUMNS,
        *IMAGE_COLUMNS,
        *(text for category in release.categories.values() for text in category),
        *(value for kind in (Certainty, Decided, Split) for value in kind),
        "licenses categories supercategory display contributor version description",
    ]
    return frozenset(re.findall(r"[^\W_]+", " ".join(texts).lower()))


def _picture_problems(release: Release, folder: Path) -> Iterator[str]:
    for image in release.images.values():
        path = folder / image.file_name
        if not path.is_file():
            yield f"The picture {image.file_name} is missing."
            continue
        if path.suffix == DICOM:
            if wrong := dicom_problem(path, image):
                yield f"The image {image.file_name} {wrong}."
            continue
        png = path.read_bytes()
        if not holds_only_pixels(png):
            yield f"The picture {image.file_name} holds more than pixels, or is broken."
            continue
        try:
            size = picture_size(png)
        except PictureInvalid:
            size = (0, 0)
        if size != (image.width_px, image.height_px):
            yield f"The picture {image.file_name} has another size than its boxes assume."
