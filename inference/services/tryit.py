"""One image through the active model, and nothing kept: for the try-it page.

The file is decoded by the sandbox's child and analysed by another, both of which end with the
request: the web process stays without torch, and what a file or a model does to them ends there.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
from django.conf import settings

from cases.dicom import sandbox
from cases.dicom.pixels import shrink
from cases.dicom.types import MEBIBYTE, ImageFacts
from cases.services.ingest import decode_limits
from cxrportal.common.errors import PortalError
from inference.models import ModelVersion
from inference.phantoms.dicom_file import PhantomIdentity, phantom_dicom
from inference.phantoms.generator import make_phantom
from inference.phantoms.types import Phantom
from inference.predict.labels import VOCABULARY, vocabulary_code
from inference.selectors import active_model
from inference.services.infer import ModelUnavailable, NotAnalysable
from inference.services.lungs import INPUT_GATE, LUNG_MODEL
from inference.services.registry import model_folder
from inference.services.serving import runtime_cache

MAX_BYTES = 64 * MEBIBYTE
SHOWN_PX, QUALITY = 1400, 90
ANALYSIS_S, TURN_S = 90, 30
NOT_ANALYSABLE = ("not_a_chest", "not_human")
SAMPLES = 100_000
_NAMES = {term.code: term.name for term in VOCABULARY}
_turn = threading.BoundedSemaphore(1)  # one analysis at a time a web process


class TryTooLarge(PortalError):
    code = "file_too_large"
    http_status = 413
    default_message = f"To try, a file may have at most {MAX_BYTES // MEBIBYTE} MB."


class TryBusy(PortalError):
    code = "try_busy"
    http_status = 503
    default_message = "Another image is being analysed. Try again in a moment."


class TryFailed(PortalError):
    code = "analysis_failed"
    http_status = 500
    default_message = "The model could not analyse this image."


class TryTooSlow(PortalError):
    code = "analysis_timeout"
    http_status = 503
    default_message = "The analysis took too long and was ended. Try again later."


class ChildRefused(PortalError):
    """What the child said; its status is kept."""

    code = "image_unusable"
    http_status = 422

    def __init__(self, message: str, *, code: str, http_status: int) -> None:
        super().__init__(message, code=code)
        self.http_status = http_status  # type: ignore[misc]  # the status of this one failure


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn radiograph as a DICOM file, and what was drawn into it."""

    content: bytes
    phantom: Phantom


def sample_draw(*, seed: int | None = None) -> Sample:
    """A synthetic radiograph, another one each time."""
    phantom = make_phantom(secrets.randbelow(SAMPLES) if seed is None else seed)
    identity = PhantomIdentity(
        patient_id="SYNTHETIC",
        family_name="Synthetic",
        given_name="Sample",
        accession_number="",
        taken_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return Sample(phantom_dicom(phantom, identity=identity), phantom)


def image_try(*, path: Path) -> dict[str, Any]:
    """What the active model says of one file, with a picture to show. Writes no row, keeps no file.

    Raises FileRefused, ModelUnavailable, NotAnalysable, TryTooLarge, TryBusy, TryFailed,
    TryTooSlow, or what the child refused.
    """
    if path.stat().st_size > MAX_BYTES:
        raise TryTooLarge
    model = active_model()
    if model is None:
        raise ModelUnavailable
    began = time.perf_counter()
    with (
        _one_at_a_time(),
        tempfile.TemporaryDirectory(prefix="try-", dir=settings.FILE_UPLOAD_TEMP_DIR) as folder,
    ):
        files = sandbox.render(path, Path(folder), decode_limits())
        if any(files.facts.warns(code) for code in NOT_ANALYSABLE):
            raise NotAnalysable
        found = _analyse(model, files.facts, files.display)
        picture = _shown(files.display)
    return {
        **found,
        "scores": _ranked(found["scores"]),
        "detections": [_named(item) for item in found["detections"]],
        "warnings": _warnings(found["warnings"], files.facts),
        "width_px": files.facts.grid.columns,
        "height_px": files.facts.grid.rows,
        "picture": picture,
        "model": {
            "id": str(model.pk), "name": model.name, "version": model.version,
            "sha256": model.sha256,
        },
        "took_s": round(time.perf_counter() - began, 2),
    }  # fmt: skip


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _turn.acquire(timeout=TURN_S):
        raise TryBusy
    try:
        yield
    finally:
        _turn.release()


def _analyse(model: ModelVersion, facts: ImageFacts, picture: Path) -> dict[str, Any]:
    request = {
        "picture": str(picture),
        "model": str(model_folder(model)),
        "sha256": model.sha256,
        "lungs": str(LUNG_MODEL),
        "gate": str(INPUT_GATE),
        "runtime": settings.INFERENCE_RUNTIME,
        "cache": str(runtime_cache()),
        "device": settings.INFERENCE_DEVICE,
        "threads": settings.INFERENCE_THREADS,
        "view_position": facts.study.view_position,
        "age_years": facts.study.age_years,
    }
    with tempfile.TemporaryFile() as answer:
        process = subprocess.Popen(
            [sys.executable, "-m", "inference.tryit.child", json.dumps(request)],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=answer,
            start_new_session=True,
        )
        try:
            status = process.wait(ANALYSIS_S)
        except subprocess.TimeoutExpired:
            raise TryTooSlow from None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        answer.seek(0)
        text = answer.read()
    return _understood(status, text)


def _understood(status: int, text: bytes) -> dict[str, Any]:
    if status != 0:
        raise TryFailed
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise TryFailed from error
    if "failed" in answer:
        told = answer["failed"]
        raise ChildRefused(told["message"], code=told["code"], http_status=told["http_status"])
    result: dict[str, Any] = answer["result"]
    return result


def _shown(display: Path) -> str:
    """The picture as a data address: JPEG, long side at most 1400 px."""
    grey = cv2.imread(str(display), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise TryFailed
    small = shrink(grey.astype("uint8"), SHOWN_PX)
    worked, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not worked:
        raise TryFailed
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()


def _ranked(scores: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(map(_named, scores), key=lambda row: -row["score"])


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"name": _NAMES[vocabulary_code(row["label"])]}


def _warnings(reasons: list[dict[str, Any]], facts: ImageFacts) -> list[dict[str, str]]:
    """Of the gate and of the file, each code once; who the patient is matters to nobody here."""
    told = {reason["code"]: reason["message"] for reason in reasons}
    for item in map(asdict, facts.warnings):
        if item["code"] != "no_identity":
            told.setdefault(item["code"], item["message"])
    return [{"code": code, "message": message} for code, message in told.items()]
