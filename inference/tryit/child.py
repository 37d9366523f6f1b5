"""The process that analyses one image to try it: ``python -m inference.tryit.child JSON``.

The argument is a ``Request`` as JSON; the answer, one JSON object on stdout, is {"result": ...} or
{"failed": {"code": ..., "message": ..., "http_status": ...}}. Any other end is a crash. No Django.
"""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cxrportal.common.errors import PortalError
from inference.predict.errors import ImageUnusable
from inference.predict.lungs import LungSegmenter
from inference.predict.predictor import Predictor
from inference.predict.quality import HeaderFacts, InputGate
from inference.predict.runtime_choice import RuntimeChoice
from inference.predict.types import Prediction


@dataclass(frozen=True, slots=True)
class Request:
    """``picture``: 8-bit grey PNG. Folders of the model, the lung network and the input gate."""

    picture: str
    model: str
    sha256: str
    lungs: str
    gate: str
    runtime: str
    cache: str
    device: str
    threads: int
    view_position: str
    age_years: int | None


def main(argument: str) -> int:
    """Exit status 0 when an answer was given."""
    answer: dict[str, Any]
    try:
        answer = {"result": _work(Request(**json.loads(argument)))}
    except PortalError as error:
        told = {"code": error.code, "message": error.message, "http_status": error.http_status}
        answer = {"failed": told}
    sys.stdout.write(json.dumps(answer, allow_nan=False))
    sys.stdout.flush()
    return 0


def _work(request: Request) -> dict[str, Any]:
    grey = cv2.imread(request.picture, cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ImageUnusable("The prepared picture cannot be read.")
    image = grey.astype(np.float32) / 255.0
    segmenter = LungSegmenter.load(Path(request.lungs))
    gate = InputGate.load(Path(request.gate), lungs_sha256=segmenter.sha256)
    header = HeaderFacts(request.view_position, request.age_years)
    verdict = gate.judge(image, segmenter.segment(image), header)
    if verdict.refused is not None:
        refused = verdict.refused
        raise ImageUnusable(refused.message, code=refused.code)
    predictor = Predictor.load(
        Path(request.model),
        sha256=request.sha256,
        device=request.device,
        threads=request.threads,
        choice=RuntimeChoice(request.runtime, Path(request.cache)),
    )
    warnings = [asdict(reason) for reason in verdict.reasons]
    return _as_json(predictor.predict(image)) | {"warnings": warnings}


def _as_json(prediction: Prediction) -> dict[str, Any]:
    maps = np.ascontiguousarray(prediction.heatmaps.maps)
    return {
        "scores": [
            {"label": label, "score": score, "threshold": threshold}
            for label, score, threshold in zip(
                prediction.labels, prediction.scores, prediction.thresholds, strict=True
            )
        ],
        "detections": [
            {"label": found.label, "score": found.score, "xyxy": found.box.as_xyxy()}
            for found in prediction.detections
        ],
        "heatmaps": {
            "labels": prediction.heatmaps.labels,
            "rows": maps.shape[1],
            "columns": maps.shape[2],
            "data": base64.b64encode(maps.tobytes()).decode(),
        },
        "calibrated": prediction.calibrated,
        "runtime": prediction.runtime,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
