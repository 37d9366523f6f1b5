"""Before the model looks: the lungs of an image, and whether the input gate lets it through."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings

from cases.dicom.types import ImageFacts
from cases.models import Image
from cxrportal.common.errors import PortalError
from cxrportal.common.storage import put_durable
from inference.models import InferenceRun, LungMask
from inference.networks.errors import ModelHashMismatch, ModelMissing
from inference.networks.files import checkpoint_sha256
from inference.predict.ctr import Diameter, HeartRatio, heart_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.predict.lungs import LungPrediction, LungSegmenter
    from inference.predict.quality import InputGate, Verdict
    from inference.predict.types import Prediction

LUNG_MODEL = settings.BASE_DIR / "inference" / "weights" / "lungs-unet"
INPUT_GATE = settings.BASE_DIR / "inference" / "weights" / "input-gate"
# Who they are, so that no other files are taken for them (cat model.safetensors model.json).
SHA256 = {
    "lungs-unet": "92d223c6fa86027e70d0aad87b7bb30ce039ae2dbd2874f29f479134ca634b82",
    "input-gate": "50e1dcc342eff10ececcb7b81dfbc3c9ba00805cc46bc0dd69ff6270aad1482b",
}
_loaded: list[tuple[LungSegmenter, InputGate]] = []  # at most one a process, never before a fork


class InputRefused(PortalError):
    """The gate is sure; its verdict is kept with the failed run. The code is the reason's."""

    code = "input_refused"
    http_status = 422
    default_message = "This is not a frontal chest radiograph."

    def __init__(self, verdict: Verdict) -> None:
        reason = verdict.refused
        assert reason is not None
        self.quality = quality_json(verdict)
        super().__init__(reason.message, code=reason.code)


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found before the analysis, and how long it took."""

    lungs: LungPrediction
    verdict: Verdict
    timings_s: tuple[tuple[str, float], ...]


def lung_segmenter() -> tuple[LungSegmenter, InputGate]:
    """Both, loaded once in this process. Raises ModelMissing, ModelCorrupt, ModelHashMismatch."""
    if not _loaded:
        problem = lungs_verify()
        if problem:
            raise ModelHashMismatch("The lung model or the input gate is not intact.", code=problem)
        # heavy: torch takes seconds and 250 MB; the web and ingest processes do without
        from inference.predict.lungs import LungSegmenter
        from inference.predict.quality import InputGate  # heavy: as above

        segmenter = LungSegmenter.load(LUNG_MODEL)
        _loaded.append((segmenter, InputGate.load(INPUT_GATE, lungs_sha256=segmenter.sha256)))
    return _loaded[0]


def lungs_verify() -> str:
    """The code of what is wrong with the files of both, or nothing."""
    for folder, wanted in zip((LUNG_MODEL, INPUT_GATE), SHA256.values(), strict=True):
        try:
            found = checkpoint_sha256(folder)
        except ModelMissing as error:
            return error.code
        if found != wanted:
            return ModelHashMismatch.code
    return ""


def image_examine(*, image: Image, pixels: NDArray[np.float32]) -> Examined:
    """pixels (H, W) float32 in [0, 1], 1 is white. Raises InputRefused, or as loading does."""
    from inference.predict.quality import HeaderFacts  # heavy: torch

    segmenter, gate = lung_segmenter()
    began = time.perf_counter()
    lungs = segmenter.segment(pixels)
    segmented = time.perf_counter()
    study = ImageFacts.from_json(image.facts).study
    header = HeaderFacts(view_position=image.view_position, age_years=study.age_years)
    verdict = gate.judge(pixels, lungs, header)
    if verdict.refused is not None:
        raise InputRefused(verdict)
    timings = (("lungs", segmented - began), ("gate", time.perf_counter() - segmented))
    return Examined(lungs, verdict, timings)


def quality_json(verdict: Verdict) -> dict[str, Any]:
    """As it is stored with the run and carried to the API."""
    return {
        "refused": verdict.refused is not None,
        "reasons": [asdict(reason) for reason in verdict.reasons],
        "scores": dict(verdict.scores),
    }


def lung_map_store(*, run: InferenceRun, examined: Examined) -> str:
    """Write the packed label map; return its key."""
    key = f"lungs/{run.image_id}/{run.pk}.u8"
    put_durable(key, BytesIO(np.ascontiguousarray(examined.lungs.label_map()).tobytes()))
    return key


def lung_mask_write(
    *, run: InferenceRun, examined: Examined, prediction: Prediction, key: str
) -> LungMask:
    """Replace what an earlier attempt left; inside the transaction that closes the run."""
    lungs = examined.lungs
    masks = lungs.masks[(slice(None), *lungs.content)]
    rows, columns = masks.shape[1:]
    shape = (lungs.letterbox.rows, lungs.letterbox.columns)
    pixel = shape[0] * shape[1] / (rows * columns)
    ratio = heart_ratio(masks, shape, prediction.detections, run.image.view_position)
    mask, _ = LungMask.objects.update_or_create(
        run=run,
        defaults={
            "sha256": lung_segmenter()[0].sha256,
            "key": key,
            "rows": rows,
            "columns": columns,
            "left_area_px": round(int(masks[0].sum()) * pixel),
            "right_area_px": round(int(masks[1].sum()) * pixel),
            "ratio": ratio.value,
            "ratio_lines": _lines(ratio),
            "ratio_missing": ratio.missing,
        },
    )
    return mask


def _lines(ratio: HeartRatio) -> dict[str, list[float]]:
    named: dict[str, Diameter | None] = {"thorax": ratio.thorax, "heart": ratio.heart}
    return {
        name: [round(value, 1) for value in (line.x_min, line.x_max, line.y)]
        for name, line in named.items()
        if line is not None
    }
