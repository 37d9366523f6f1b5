"""One extraction from its files to its outputs: resumable, and each output whole or not there."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cases.dicom.extraction.arrays import join_pieces, place
from cases.dicom.extraction.deidentify import Pseudonyms, new_key
from cases.dicom.extraction.errors import NothingToExtract, OutputExists
from cases.dicom.extraction.journal import Entry, Journal, read_key, write_key
from cases.dicom.extraction.metadata import Cell, metadata_columns
from cases.dicom.extraction.pool import extract_all
from cases.dicom.extraction.tables import ERROR_COLUMNS, write_table
from cases.dicom.extraction.types import Job, Outcome, Wanted
from cases.dicom.extraction.work import piece_path

Done = tuple[Job, Entry]
DUPLICATE = "duplicate_instance"
_MASK_SUFFIXES = (".png", ".jpg")


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes in and out. ``key_file``: where the secret is kept; without one it is destroyed."""

    sources: tuple[Path, ...]
    wanted: Wanted
    errors_csv: Path
    metadata_csv: Path | None = None
    pixels_h5: Path | None = None
    features_csv: Path | None = None
    png_dir: Path | None = None
    dicom_dir: Path | None = None
    masks: Path | None = None
    key_file: Path | None = None
    with_identity: bool = False
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Summary:
    """How it went. ``resumed`` files had been done before; ``codes`` counts the refusals."""

    files: int
    done: int
    resumed: int
    codes: dict[str, int]
    seconds: float

    @property
    def failed(self) -> int:
        """Files that gave nothing."""
        return sum(self.codes.values())

    @property
    def images_per_s(self) -> float:
        """Of the files of this run."""
        return (self.files - self.resumed) / self.seconds if self.seconds else 0.0


def run_extraction(plan: Plan, tick: Callable[[Outcome], None]) -> Summary:
    """Extract everything; ``tick`` hears of each outcome. Raises ExtractionRefused."""
    named = (plan.metadata_csv, plan.pixels_h5, plan.features_csv, plan.png_dir, plan.dicom_dir)
    outputs = [path for path in named if path]
    jobs = list(find_jobs(plan.sources, plan.masks))
    if not jobs or not (plan.wanted.metadata or plan.wanted.needs_pixels):
        raise NothingToExtract
    for path in outputs:
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            raise OutputExists(f"{path} exists already; name another one or remove it.")
        path.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    plan.errors_csv.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(plan.errors_csv.with_name(f".{plan.errors_csv.stem}.extraction"), _told(plan))
    wanted = replace(plan.wanted, key=None if _has_no_key(plan) else _key(plan, journal))
    known = journal.entries()
    open_jobs, resumed = [], 0
    for job in jobs:
        before = known.get(job.name)
        if before is not None and before.outcome.stamp == job.stamp:
            resumed += 1
            tick(before.outcome)
        else:
            open_jobs.append(job)
    for job, outcome in extract_all(open_jobs, wanted, journal.pieces, plan.workers):
        known[job.name] = journal.add(outcome)
        tick(outcome)
    done_jobs = _without_duplicates([(job, known[job.name]) for job in jobs])
    _write(plan, wanted, journal, done_jobs)
    journal.close()
    codes = Counter(entry.outcome.code for _, entry in done_jobs if entry.outcome.code)
    done = len(jobs) - sum(codes.values())
    return Summary(len(jobs), done, resumed, dict(codes), time.monotonic() - started)


def find_jobs(sources: tuple[Path, ...], masks: Path | None) -> Iterator[Job]:
    """Every file below the sources, in the order of their names; hidden ones are left out.

    A mask is a picture of the file's own name (without its ending) in the folder ``masks``.
    """
    number = 0
    seen: set[str] = set()
    for source in sources:
        if not source.exists():
            raise NothingToExtract(f"{source} does not exist.")
        top = source if source.is_dir() else source.parent
        found = sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]
        for path in found:
            below = path.relative_to(top)
            if any(part.startswith(".") for part in below.parts):
                continue
            name = below.as_posix() if below.as_posix() not in seen else path.as_posix()
            seen.add(name)
            stat = path.stat()
            stamp = f"{stat.st_size} {stat.st_mtime_ns}"
            yield Job(number, path, name, stamp, _mask_of(path, masks))
            number += 1


def _mask_of(path: Path, masks: Path | None) -> Path | None:
    if masks is None:
        return None
    named = (masks / f"{path.stem}{suffix}" for suffix in _MASK_SUFFIXES)
    return next((mask for mask in named if mask.is_file()), None)


def _told(plan: Plan) -> str:
    """What must be the same when a run goes on from another."""
    wanted = plan.wanted
    told = (
        *(wanted.metadata, wanted.pixels, wanted.features, wanted.bits, wanted.size_px),
        *(wanted.fit.value, wanted.text.value, wanted.png, wanted.dicom, wanted.sealed),
        *(str(plan.masks), str(plan.key_file), plan.with_identity),
        *(str(source) for source in plan.sources),
    )
    return json.dumps(told)


def _key(plan: Plan, journal: Journal) -> bytes:
    if plan.key_file is None:
        return journal.key()
    if not plan.key_file.exists():
        write_key(plan.key_file, new_key())
    return read_key(plan.key_file)


def _without_duplicates(found: list[Done]) -> list[Done]:
    """The first file of an instance stands; another one with its UID is named as a failure."""
    keys: set[str] = set()
    kept = []
    for job, entry in found:
        outcome = entry.outcome
        if not outcome.code and outcome.key in keys:
            message = "Another file has the same SOP Instance UID; the first one was taken."
            refused = Outcome(outcome.name, outcome.stamp, code=DUPLICATE, message=message)
            entry = replace(entry, outcome=refused)
        keys.add(outcome.key)
        kept.append((job, entry))
    return kept


def _write(plan: Plan, wanted: Wanted, journal: Journal, found: list[Done]) -> None:
    """All outputs. De-identified ones stand in the order of their keys: the order of the file
    names may follow the patients' names.
    """
    good = [(job, entry) for job, entry in found if not entry.outcome.code]
    if not plan.with_identity:
        good.sort(key=lambda pair: pair[1].outcome.key)
    if plan.metadata_csv:
        columns = metadata_columns(with_identity=plan.with_identity)
        cells = (journal.whole(entry).metadata or () for _, entry in good)
        write_table(columns, cells, plan.metadata_csv)
    if plan.features_csv:
        from cases.dicom.extraction.features.table import feature_columns  # heavy: scikit-image

        rows = ((e.outcome.key, *(journal.whole(e).features or ())) for _, e in good)
        write_table(("key", *feature_columns()), rows, plan.features_csv)
    _write_images(plan, journal, good)
    write_table(ERROR_COLUMNS, _error_rows(wanted, found), plan.errors_csv)


def _write_images(plan: Plan, journal: Journal, good: list[Done]) -> None:
    if plan.pixels_h5:
        pieces = ((e.outcome.key, piece_path(journal.pieces, j, "h5")) for j, e in good)
        join_pieces(pieces, plan.pixels_h5, _about(plan))
    for folder, kind in ((plan.png_dir, "png"), (plan.dicom_dir, "dcm")):
        if folder:
            for job, entry in good:
                piece = piece_path(journal.pieces, job, kind)
                place(piece, folder / f"{entry.outcome.key}.{kind}")


def _about(plan: Plan) -> dict[str, str]:
    wanted = plan.wanted
    return {
        "bits": str(wanted.bits),
        "size_px": str(wanted.size_px or "original"),
        "fit": wanted.fit.value if wanted.size_px else "none",
        "suspected_text": wanted.text.value,
        "identity": "kept" if plan.with_identity else "removed",
        "key_of_pseudonyms": key_fate(plan),
    }


def key_fate(plan: Plan) -> str:
    """What becomes of the secret."""
    if _has_no_key(plan):
        return "none"
    return "kept" if plan.key_file else "destroyed"


def _has_no_key(plan: Plan) -> bool:
    return plan.with_identity or plan.wanted.sealed


def _error_rows(wanted: Wanted, found: list[Done]) -> Iterator[tuple[Cell, ...]]:
    """A file name may name a patient: without identity its pseudonym stands there. Its number is
    its place among all files, in the order of their names. Some messages quote the header.
    """
    hidden = Pseudonyms(wanted.key) if wanted.key is not None else None
    for job, entry in found:
        outcome = entry.outcome
        if outcome.code and hidden:
            yield job.number, hidden.file(job.name), outcome.code, ""
        elif outcome.code:
            yield job.number, job.name, outcome.code, outcome.message
