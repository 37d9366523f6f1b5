"""The forms in which predictions leave: JSON lines, VinBigData submissions, CSV tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from inference.predict.labels import VINDR14, to_label_set, vocabulary_code
from inference.services.batch_files import csv_bytes, write_whole

FORMATS = ("jsonl", "vinbigdata", "csv")
NO_FINDING = "14 1 0 0 1 1"
LINE_KEYS = ("image", "width_px", "height_px", "model", "probabilities", "detections")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What stands in ``run.json``. ``calibration`` names the data it was fitted on."""

    name: str
    version: str
    sha256: str
    labels: tuple[str, ...]
    thresholds: tuple[float, ...]
    box_labels: tuple[str, ...]
    box_thresholds: tuple[float, ...]
    calibration: str
    calibrated: bool
    min_score: float
    runtime: str

    @property
    def setting(self) -> dict[str, Any]:
        """What must be the same for results to stand in one folder."""
        return {"model_sha256": self.sha256, "min_score": self.min_score}


def write_results(out: Path, kind: str, facts: RunFacts, rows: Sequence[Row]) -> None:
    """The files of one format, then ``run.json`` that says what they rest on."""
    writer = {"jsonl": _jsonl, "vinbigdata": _vinbigdata, "csv": _csv}[kind]
    dropped = writer(out, facts, rows)
    warned = [(row["image"], code) for row in rows for code in row["warnings"]]
    write_whole(out / "warnings.csv", csv_bytes(("image", "code"), warned))
    about = {
        "model": asdict(facts),
        "scores_are": "probabilities" if facts.calibrated else "scores (not calibrated)",
        "format": kind,
        "images": len(rows),
        "runtimes": dict(Counter(row["runtime"] for row in rows)),
        "boxes_dropped": dropped,
        "note": "Boxes are xyxy in pixels of the original image, origin top left. Not for diagnosis"
        " without a clinician.",
    }
    write_whole(out / "run.json", (json.dumps(about, indent=1) + "\n").encode())


def _jsonl(out: Path, facts: RunFacts, rows: Sequence[Row]) -> dict[str, int]:
    lines = [json.dumps({key: row[key] for key in LINE_KEYS}) + "\n" for row in rows]
    write_whole(out / "predictions.jsonl", "".join(lines).encode())
    return {}


def _csv(out: Path, facts: RunFacts, rows: Sequence[Row]) -> dict[str, int]:
    header = ("image", "width_px", "height_px", "model", *facts.labels)
    table = [
        (
            *(row[key] for key in header[:4]),
            *(row["probabilities"][label] for label in facts.labels),
        )
        for row in rows
    ]
    write_whole(out / "predictions.csv", csv_bytes(header, table))
    boxes = [
        (row["image"], found["label"], found["score"], *found["xyxy"])
        for row in rows
        for found in row["detections"]
    ]
    header = ("image", "label", "score", "x_min_px", "y_min_px", "x_max_px", "y_max_px")
    write_whole(out / "detections.csv", csv_bytes(header, boxes))
    return {}


def _vinbigdata(out: Path, facts: RunFacts, rows: Sequence[Row]) -> dict[str, int]:
    """``submission.csv``. Returns how many boxes had no class there, a label each."""
    classes: dict[str, int | None] = {}
    for label in facts.box_labels:
        mapped = to_label_set((vocabulary_code(label),), "vindr14").labels
        classes[label] = VINDR14.index(mapped[0]) if mapped else None
    dropped: Counter[str] = Counter()
    table = []
    for name, row in zip(image_ids([row["image"] for row in rows]), rows, strict=True):
        parts = []
        for found in row["detections"]:
            number = classes[found["label"]]
            if number is None:
                dropped[found["label"]] += 1
                continue
            corners = " ".join(f"{value:.2f}" for value in found["xyxy"])
            parts.append(f"{number} {found['score']:.6f} {corners}")
        table.append((name, " ".join(parts) or NO_FINDING))
    write_whole(out / "submission.csv", csv_bytes(("image_id", "PredictionString"), table))
    return dict(dropped)


def image_ids(names: Sequence[str]) -> list[str]:
    """Names without suffix, as the competition has them; with it where two would be the same."""
    bare = [str(PurePosixPath(name).with_suffix("")) for name in names]
    often = Counter(bare)
    return [name if often[stem] > 1 else stem for name, stem in zip(names, bare, strict=True)]
