"""Batch prediction: many files through the model of the application, into one folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from django.conf import settings
from django.db import DatabaseError
from numpy.typing import NDArray

from cases.dicom.pool import GreyPicture
from cases.services.ingest import decode_limits
from inference.networks.files import checkpoint_sha256
from inference.selectors import active_model
from inference.services.batch_files import (
    JOURNAL,
    BatchFile,
    Fault,
    Journal,
    NothingFound,
    decoded,
    decoders,
    find_files,
    output_folder,
    write_faults,
    write_whole,
)
from inference.services.predict_formats import RunFacts, write_results
from inference.services.registry import SHIPPED_MODEL, model_find, model_folder
from inference.services.serving import runtime_cache

if TYPE_CHECKING:
    from inference.predict.predictor import Predictor, RawPrediction

HEATMAPS = "heatmaps"
REFUSING = {
    "not_a_chest": "The header says that this is no chest.",
    "not_human": "The header describes an animal.",
}
WARNING = ("lateral_view", "child")
Progress = Callable[[str, int], None]  # what happened ("total", "known", "done", "fault"), how many


@dataclass(frozen=True, slots=True)
class PredictOptions:
    """``model``: a registered name, name@version or hash, or a folder; empty: the active one.

    ``min_score``: boxes below are left out. ``threads`` 0: the processors that do not decode.
    """

    out: Path
    format: str = "jsonl"
    heatmaps: bool = False
    model: str = ""
    batch: int = 8
    device: str = "auto"
    runtime: str = ""
    threads: int = 0
    min_score: float = 0.01


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    computed: int = 0
    known: int = 0
    skipped: int = 0
    faults: list[Fault] = field(default_factory=list)
    model: str = ""
    runtime: str = ""


def predict_files(*, named: Sequence[str], options: PredictOptions, progress: Progress) -> Outcome:
    """Predict every image among ``named`` that the folder does not hold yet; write the results.

    Raises NothingFound, OutputTaken, ModelNotFound, or as loading a model does.
    """
    with output_folder(options.out):
        found = find_files(named, without=options.out)
        outcome = Outcome(skipped=found.skipped, faults=list(found.faults))
        if not found.files and not found.faults:
            raise NothingFound
        predictor = load_predictor(options)
        facts = _facts_of(predictor, options)
        outcome.model, outcome.runtime = f"{facts.name} {facts.version}", predictor.runtime
        journal = Journal(options.out / JOURNAL, facts.setting)
        try:
            due = [file for file in found.files if not _is_done(file, journal, options)]
            outcome.known = len(found.files) - len(due)
            progress("total", len(found.files))
            progress("known", outcome.known)
            for batch in _batches(due, options.batch, outcome, progress):
                _predict_batch(predictor, batch, journal, options)
                outcome.computed += len(batch)
                progress("done", len(batch))
        finally:
            journal.close()
        rows = [row for file in found.files if (row := journal.done(file)) is not None]
        write_results(options.out, options.format, facts, rows)
        write_faults(options.out, outcome.faults)
    return outcome


def load_predictor(options: PredictOptions) -> Predictor:
    """The named model, the active one, or where none is registered the one that ships."""
    # heavy: torch
    from inference.predict.predictor import Predictor
    from inference.predict.runtime_choice import RuntimeChoice  # heavy: as above

    folder, sha256 = _checkpoint(options.model)
    return Predictor.load(
        folder,
        sha256=sha256,
        device=options.device,
        # Threads that wait for a busy processor cost far more than they give.
        threads=options.threads or max(1, (os.cpu_count() or 1) - decoders()),
        choice=RuntimeChoice(options.runtime or settings.INFERENCE_RUNTIME, runtime_cache()),
    )


def _checkpoint(named: str) -> tuple[Path, str]:
    if named and Path(named).is_dir():
        return Path(named), checkpoint_sha256(Path(named))
    try:
        model = model_find(named) if named else active_model()
    except DatabaseError:  # no database yet: prediction needs none
        if named:
            raise
        model = None
    if model is None:
        return SHIPPED_MODEL, checkpoint_sha256(SHIPPED_MODEL)
    return model_folder(model), model.sha256


def _facts_of(predictor: Predictor, options: PredictOptions) -> RunFacts:
    about = predictor.description
    return RunFacts(
        name=about.name,
        version=about.version,
        sha256=about.sha256,
        labels=about.labels,
        thresholds=about.thresholds,
        box_labels=predictor.box_labels,
        box_thresholds=predictor.box_thresholds,
        calibration="" if about.calibration is None else about.calibration.data,
        calibrated=about.calibration is not None,
        min_score=options.min_score,
        runtime=predictor.runtime,
    )


def _is_done(file: BatchFile, journal: Journal, options: PredictOptions) -> bool:
    try:
        row = journal.done(file)
    except OSError:  # gone since it was found: decoding says so
        return False
    return row is not None and (row["heatmaps"] or not options.heatmaps)


Item = tuple[BatchFile, GreyPicture]


def _batches(
    due: Sequence[BatchFile], size: int, outcome: Outcome, progress: Progress
) -> Iterator[list[Item]]:
    """Decoded images in groups; refused ones go to the faults."""
    batch: list[Item] = []
    for file, picture in decoded(due, processes=decoders(), limits=decode_limits()):
        fault = picture if isinstance(picture, Fault) else _refusal(file, picture)
        if fault is not None:
            outcome.faults.append(fault)
            progress("fault", 1)
        elif isinstance(picture, GreyPicture):
            batch.append((file, picture))
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def _refusal(file: BatchFile, picture: GreyPicture) -> Fault | None:
    """As in the application: no finding is stated of what is no human chest."""
    for code, message in REFUSING.items():
        if picture.facts.warns(code):
            return Fault(file.name, code, message)
    return None


def _predict_batch(
    predictor: Predictor, batch: list[Item], journal: Journal, options: PredictOptions
) -> None:
    greys = [picture.grey.astype(np.float32) / 255.0 for _, picture in batch]
    raws = predictor.predict_raw_batch(greys)
    for (file, picture), raw in zip(batch, raws, strict=True):
        if options.heatmaps:
            _write_heatmaps(options.out, file, picture.grey, raw, predictor)
        journal.add(file, _row(file, picture, raw, predictor, options))
    journal.flush()


def _row(
    file: BatchFile,
    picture: GreyPicture,
    raw: RawPrediction,
    predictor: Predictor,
    options: PredictOptions,
) -> dict[str, Any]:
    rows, columns = picture.grey.shape
    return {
        "image": file.name,
        "width_px": columns,
        "height_px": rows,
        "model": predictor.description.name,
        "probabilities": dict(zip(predictor.description.labels, raw.scores, strict=True)),
        "detections": [
            {"label": box.label, "score": box.score, "xyxy": list(box.box.as_xyxy())}
            for box in raw.boxes
            if box.score >= options.min_score
        ],
        "heatmaps": options.heatmaps,
        "runtime": predictor.runtime,
        "warnings": [code for code in WARNING if picture.facts.warns(code)],
    }


def _write_heatmaps(
    out: Path,
    file: BatchFile,
    grey: NDArray[np.uint8],
    raw: RawPrediction,
    predictor: Predictor,
) -> None:
    """A PNG a label over its threshold: the image with the heat laid over it, of its size."""
    from inference.predict.explain import heat_maps  # heavy: torch

    maps = heat_maps(raw.heat, raw.letterbox)
    about = predictor.description
    for label, score, limit, heat in zip(
        about.labels, raw.scores, about.thresholds, maps, strict=True
    ):
        if score >= limit:
            path = out / HEATMAPS / file.name / f"{label.replace('/', '-')}.png"
            worked, encoded = cv2.imencode(".png", overlay(grey, heat))
            assert worked
            write_whole(path, encoded.tobytes())


def overlay(grey: NDArray[np.uint8], heat: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) and a map of any size, both uint8 -> (H, W, 3) BGR; the hottest is half orange."""
    rows, columns = grey.shape
    share = cv2.resize(heat, (columns, rows), interpolation=cv2.INTER_LINEAR)[..., None] / 510.0
    orange = np.array((0.0, 140.0, 255.0))
    mixed: NDArray[np.uint8] = np.rint(grey[..., None] * (1 - share) + orange * share).astype(
        np.uint8
    )
    return mixed
