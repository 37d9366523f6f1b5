"""What an import has to say: counts, and a table of the rows that need mending."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from annotations.imports.judge import Judged
from annotations.imports.types import RowProblem
from cxrportal.common.rows import neutralise

PROBLEM_COLUMNS = ("file", "row", "image", "code", "message")
MOST_LABELS = 200
Json = dict[str, object]


class Problems:
    """One row a problem, as they come. Columns: file, row, image, code, message."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self._writer = csv.writer(stream, lineterminator="\r\n")
        self._writer.writerow(PROBLEM_COLUMNS)
        self.by_code: Counter[str] = Counter()

    def add(self, problem: RowProblem) -> None:
        self.by_code[problem.code] += 1
        texts = (problem.image, problem.code, problem.message)
        cells = (neutralise(text) for text in texts)
        self._writer.writerow((neutralise(problem.place.file), problem.place.row, *cells))

    @property
    def total(self) -> int:
        return self.by_code.total()


@contextmanager
def problems_file(path: Path) -> Iterator[Problems]:
    """UTF-8, CR LF, safe in a spreadsheet."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        yield Problems(stream)


@dataclass(slots=True)
class Tally:
    """``new``: not in the department before; ``findings_known``: stood there from an import before.

    A dry run counts every finding as new, since it looks at no row of the database but images.
    """

    images_new: int = 0
    images_known: int = 0
    images_missing: int = 0
    images_refused: int = 0
    findings_new: int = 0
    findings_known: int = 0
    boxes: int = 0
    normal_reads: int = 0
    images_not_read: int = 0
    by_label: Counter[str] = field(default_factory=Counter)
    unknown_labels: Counter[str] = field(default_factory=Counter)
    readers: Counter[str] = field(default_factory=Counter)

    def heard(self, judged: Judged) -> None:
        """The reads of one image that is, or could be, stored."""
        self.unknown_labels.update(judged.unknown_labels)
        self.images_not_read += not judged.reads
        for read in judged.reads:
            self.readers[read.reader] += 1
            self.normal_reads += read.no_finding
            self.by_label.update(stated.label for stated in read.findings)
            self.boxes += sum(stated.box_xyxy is not None for stated in read.findings)

    def as_json(self, problems: Counter[str]) -> Json:
        """Labels and readers by number, at most 200 of each."""
        return {
            "images": {
                "new": self.images_new,
                "known": self.images_known,
                "missing": self.images_missing,
                "refused": self.images_refused,
                "without_statement": self.images_not_read,
            },
            "findings": {
                "new": self.findings_new,
                "known": self.findings_known,
                "boxes": self.boxes,
                "normal_reads": self.normal_reads,
            },
            "labels": dict(self.by_label.most_common(MOST_LABELS)),
            "unknown_labels": dict(self.unknown_labels.most_common(MOST_LABELS)),
            "readers": dict(self.readers.most_common(MOST_LABELS)),
            "problems": dict(problems.most_common()),
        }
