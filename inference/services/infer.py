"""One analysis: claim, read the pixels, run the network, write the result once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
from uuid import UUID

import cv2
import numpy as np
from django.db import transaction

from cases.models import Case, Image
from cases.workflow import advance
from cxrportal.common.errors import PortalError
from cxrportal.common.leases import LeaseLost, exhausted, held_lease
from cxrportal.common.storage import StorageUnavailable, put_durable, read_bytes
from inference.models import Detection, HeatMap, InferenceRun
from inference.selectors import case_is_analysed
from inference.services.lungs import (
    Examined,
    InputRefused,
    image_examine,
    lung_map_store,
    lung_mask_write,
    quality_json,
)
from inference.services.serving import predictor_of

if TYPE_CHECKING:
    from inference.predict.predictor import Predictor
    from inference.predict.types import Prediction


class ModelUnavailable(PortalError):
    code = "model_unavailable"
    http_status = 503
    default_message = "No model is active. An administrator has to activate one."


class NotAnalysable(PortalError):
    code = "not_a_chest_radiograph"
    http_status = 422
    default_message = "The file says that this is not a human chest radiograph."


class AnalysisFailed(PortalError):
    code = "analysis_failed"
    http_status = 500
    default_message = "The network could not read this image."


def run_infer(*, run_id: UUID) -> None:
    """Analyse one image. Safe to run twice, and after any crash."""
    runs = InferenceRun.with_shadow.all()
    token = runs.claim(run_id)
    if token is None:
        return
    try:
        if exhausted(runs, run_id, token):
            case_settle(run_id=run_id)
            return
        run = runs.select_related("image", "model_version").get(pk=run_id)
        with held_lease(runs, run_id, token):
            done = _analyse(run)
        began = time.perf_counter()
        with transaction.atomic():
            _write(run, done)
            timings = done.timings_s | {"write": round(time.perf_counter() - began, 4)}
            quality = quality_json(done.examined.verdict)
            runtime = done.prediction.runtime
            runs.finish(run_id, token, timings_s=timings, runtime=runtime, quality=quality)
            case_settle(run_id=run_id)
    except LeaseLost:
        return
    except InputRefused as refusal:
        with transaction.atomic():
            runs.filter(pk=run_id).update(quality=refusal.quality)
            runs.fail(run_id, token, refusal)
        case_settle(run_id=run_id)
    except PortalError as error:
        runs.fail(run_id, token, error)
        case_settle(run_id=run_id)


def predictor_for(run: InferenceRun) -> Predictor:
    """The run's model, loaded once in this process. Raises ModelUnavailable, or as loading does."""
    if run.model_version is None:
        raise ModelUnavailable
    return predictor_of(run.model_version)


@dataclass(frozen=True, slots=True)
class Done:
    """The results of one analysis; the packed files are stored under their keys already."""

    prediction: Prediction
    heatmap_key: str
    examined: Examined
    lungs_key: str
    timings_s: dict[str, float]


def _analyse(run: InferenceRun) -> Done:
    """Raises InputRefused before the model has looked, and what loading and reading raise."""
    if not run.image.analysable:
        raise NotAnalysable
    predictor = predictor_for(run)
    began = time.perf_counter()
    image = display_pixels(run.image)
    read = time.perf_counter()
    try:
        examined = image_examine(image=run.image, pixels=image)
        prediction = predictor.predict(image)
    except (RuntimeError, ValueError, ArithmeticError) as error:
        raise AnalysisFailed(f"The network could not read this image: {error}"[:300]) from error
    predicted = time.perf_counter()
    key = "" if run.shadow else f"heatmaps/{run.image_id}/{run.pk}.u8"
    if key:
        put_durable(key, BytesIO(np.ascontiguousarray(prediction.heatmaps.maps).tobytes()))
    timings = {"read": read - began, "store_heatmaps": time.perf_counter() - predicted}
    timings |= dict(prediction.timings_s) | dict(examined.timings_s)
    return Done(
        prediction=prediction,
        heatmap_key=key,
        examined=examined,
        lungs_key="" if run.shadow else lung_map_store(run=run, examined=examined),
        timings_s={name: round(value, 4) for name, value in timings.items()},
    )


def display_pixels(image: Image) -> np.ndarray:
    """(H, W) float32 in [0, 1]; 1 is white. Raises StorageUnavailable."""
    encoded = np.frombuffer(read_bytes(image.display_key), np.uint8)
    pixels = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise StorageUnavailable("The prepared picture cannot be read.", code="display_unreadable")
    return pixels.astype(np.float32) / 255.0


def _write(run: InferenceRun, done: Done) -> None:
    """Replace what an earlier attempt left; inside the transaction that closes the run."""
    prediction = done.prediction
    run.detections.all().delete()
    thresholds = dict(zip(prediction.labels, prediction.thresholds, strict=True))
    rows = [
        Detection(run=run, label=label, score=score, threshold=thresholds[label])
        for label, score in zip(prediction.labels, prediction.scores, strict=True)
    ]
    rows += [
        Detection(
            run=run,
            label=found.label,
            score=found.score,
            threshold=found.threshold,
            x_min=found.box.x_min,
            y_min=found.box.y_min,
            x_max=found.box.x_max,
            y_max=found.box.y_max,
        )
        for found in prediction.detections
    ]
    for ordinal, row in enumerate(rows):
        row.ordinal = ordinal
    Detection.objects.bulk_create(rows)
    if run.shadow:  # nobody looks at its maps
        return
    _, height, width = prediction.heatmaps.maps.shape
    HeatMap.objects.update_or_create(
        run=run,
        defaults={
            "key": done.heatmap_key,
            "labels": list(prediction.heatmaps.labels),
            "rows": height,
            "columns": width,
        },
    )
    lung_mask_write(run=run, examined=done.examined, prediction=prediction, key=done.lungs_key)


def case_settle(*, run_id: UUID) -> None:
    """Move the case on when its last run ended; tell the pipeline in any case.

    A run in shadow moves nothing.
    """
    shown = InferenceRun.objects.filter(pk=run_id).values_list("image__case_id", flat=True)
    for case_id in shown:
        case_settle_analysed(case_id=case_id)


def case_settle_analysed(*, case_id: UUID) -> None:
    """The same, for a case; also for one whose images could not be prepared at all."""
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case_id)
        ready = case.status == Case.Status.INGESTED and case_is_analysed(case)
        advance(case_id=case_id, to=Case.Status.ANALYSED if ready else case.status)
