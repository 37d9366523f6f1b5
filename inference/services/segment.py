"""Lung masks of many files, in one folder: PNG masks, areas and the experimental ratio."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cases.dicom.pool import GreyPicture
from cases.dicom.types import PixelGrid, SpacingKind
from cases.services.ingest import decode_limits
from inference.predict.ctr import HeartRatio, heart_ratio
from inference.services.batch_files import (
    JOURNAL,
    BatchFile,
    Fault,
    Journal,
    NothingFound,
    csv_bytes,
    decoded,
    decoders,
    find_files,
    output_folder,
    write_faults,
    write_whole,
)
from inference.services.lungs import lung_segmenter
from inference.services.predict import REFUSING, Outcome, PredictOptions, load_predictor

if TYPE_CHECKING:
    from inference.predict.predictor import Predictor
    from inference.predict.quality import Verdict

MASKS, TABLE = "masks", "lungs.csv"
COLUMNS = (
    *("image", "mask", "width_px", "height_px"),
    *("left_area_px", "right_area_px", "left_area_mm2", "right_area_mm2"),
    *("cardiothoracic_ratio_experimental", "ratio_missing", "warnings"),
)
Progress = Callable[[str, int], None]  # as for prediction


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """``ratio``: also draw the model's box of the heart, where the header says PA."""

    out: Path
    ratio: bool = True
    model: str = ""
    device: str = "auto"
    threads: int = 0


class _Tools:
    """What one run needs; the findings' model is loaded when the first PA view comes."""

    def __init__(self, options: SegmentOptions, files: Sequence[BatchFile]) -> None:
        self.segmenter, self.gate = lung_segmenter()
        self.masks = mask_names(files)
        self._options = options
        self._predictor: Predictor | None = None

    def predictor(self) -> Predictor:
        if self._predictor is None:
            chosen = self._options
            self._predictor = load_predictor(
                PredictOptions(
                    out=chosen.out, model=chosen.model, device=chosen.device, threads=chosen.threads
                )
            )
        return self._predictor


def segment_files(*, named: Sequence[str], options: SegmentOptions, progress: Progress) -> Outcome:
    """Outline the lungs of every image among ``named`` that the folder does not hold yet.

    Raises NothingFound, OutputTaken, ModelNotFound, or as loading a model does.
    """
    with output_folder(options.out):
        found = find_files(named, without=options.out)
        outcome = Outcome(skipped=found.skipped, faults=list(found.faults))
        if not found.files and not found.faults:
            raise NothingFound
        tools = _Tools(options, found.files)
        outcome.model = tools.segmenter.name
        setting = {"lungs": tools.segmenter.sha256, "ratio": options.ratio, "model": options.model}
        journal = Journal(options.out / JOURNAL, setting)
        try:
            due = [file for file in found.files if not _is_done(file, journal, options.out)]
            outcome.known = len(found.files) - len(due)
            progress("total", len(found.files))
            progress("known", outcome.known)
            for file, picture in decoded(due, processes=decoders(), limits=decode_limits()):
                fault = _segment(tools, file, picture, journal, options)
                if fault is None:
                    outcome.computed += 1
                else:
                    outcome.faults.append(fault)
                progress("done" if fault is None else "fault", 1)
        finally:
            journal.close()
        rows = [row for file in found.files if (row := journal.done(file)) is not None]
        table = csv_bytes(COLUMNS, [[row[name] for name in COLUMNS] for row in rows])
        write_whole(options.out / TABLE, table)
        write_faults(options.out, outcome.faults)
    return outcome


def mask_names(files: Sequence[BatchFile]) -> dict[str, str]:
    """Named as the image, with .png for its suffix; behind its suffix where two would be one."""
    short = {file.name: PurePosixPath(file.name).with_suffix(".png").as_posix() for file in files}
    often = Counter(short.values())
    return {
        name: f"{MASKS}/{mask if often[mask] == 1 else f'{name}.png'}"
        for name, mask in short.items()
    }


def _is_done(file: BatchFile, journal: Journal, out: Path) -> bool:
    try:
        row = journal.done(file)
    except OSError:  # gone since it was found: decoding says so
        return False
    return row is not None and (out / str(row["mask"])).is_file()


def _segment(
    tools: _Tools,
    file: BatchFile,
    picture: GreyPicture | Fault,
    journal: Journal,
    options: SegmentOptions,
) -> Fault | None:
    """Write the mask and its line, or say why there is none."""
    from inference.predict.quality import HeaderFacts  # heavy: torch

    if isinstance(picture, Fault):
        return picture
    for code, message in REFUSING.items():
        if picture.facts.warns(code):
            return Fault(file.name, code, message)
    study = picture.facts.study
    grey = picture.grey.astype(np.float32) / np.float32(255.0)
    lungs = tools.segmenter.segment(grey)
    verdict = tools.gate.judge(grey, lungs, HeaderFacts(study.view_position, study.age_years))
    if verdict.refused is not None:
        return Fault(file.name, verdict.refused.code, verdict.refused.message)
    ratio = HeartRatio(missing="not_asked_for")
    if options.ratio:
        masks = lungs.masks[(slice(None), *lungs.content)]
        ratio = heart_ratio(masks, grey.shape, (), study.view_position)
        if ratio.missing == "no_heart_box":
            boxes = tools.predictor().predict(grey).detections
            ratio = heart_ratio(masks, grey.shape, boxes, study.view_position)
    full = lungs.full_size()
    mask = tools.masks[file.name]
    both: NDArray[np.bool_] = full[0] | full[1]
    worked, encoded = cv2.imencode(".png", both.astype(np.uint8) * np.uint8(255))
    assert worked
    write_whole(options.out / mask, encoded.tobytes())
    areas = _areas(full, picture.facts.grid)
    journal.add(file, {"image": file.name, "mask": mask, **areas, **_said(ratio, verdict)})
    journal.flush()
    return None


def _areas(full: NDArray[np.bool_], grid: PixelGrid) -> dict[str, Any]:
    """In square millimetres only where a distance in the image is one in the patient."""
    left, right = (int(mask.sum()) for mask in full)
    mm2: tuple[float | str, float | str] = ("", "")
    if grid.spacing_kind is SpacingKind.CALIBRATED and grid.spacing_mm is not None:
        pixel = grid.spacing_mm[0] * grid.spacing_mm[1]
        mm2 = (round(left * pixel, 1), round(right * pixel, 1))
    return {
        "width_px": full.shape[2],
        "height_px": full.shape[1],
        "left_area_px": left,
        "right_area_px": right,
        "left_area_mm2": mm2[0],
        "right_area_mm2": mm2[1],
    }


def _said(ratio: HeartRatio, verdict: Verdict) -> dict[str, Any]:
    return {
        "cardiothoracic_ratio_experimental": "" if ratio.value is None else round(ratio.value, 4),
        "ratio_missing": ratio.missing,
        "warnings": "|".join(reason.code for reason in verdict.reasons),
    }
