"""Cases, images, runs and findings as rows, without files: for tests of rules, not of pixels."""

from __future__ import annotations

import hashlib
import itertools
from datetime import date

from django.utils import timezone

from annotations.models import CaseNote, Finding, Review
from cases.dicom.types import (
    FileKind,
    Identity,
    ImageFacts,
    PixelGrid,
    SpacingKind,
    StudyFacts,
    VoiFunction,
    Window,
)
from cases.models import Case, Image
from cxrportal.accounts.models import Department, User
from inference.models import Detection, InferenceRun, ModelVersion
from patients.models import Patient
from tests.support.people import make_patient

_numbers = itertools.count(1)
LABELS = ("Atelectasis", "Cardiomegaly", "Effusion")


def make_facts(rows: int = 100, columns: int = 80) -> ImageFacts:
    """A 12-bit MONOCHROME2 image's facts with digests of their own."""
    digest = hashlib.sha256(f"image {next(_numbers)}".encode()).hexdigest()
    grid = PixelGrid(
        rows=rows,
        columns=columns,
        bits_stored=12,
        photometric="MONOCHROME2",
        rescale_slope=1.0,
        rescale_intercept=0.0,
        modality_lut=None,
        windows=(Window(2048.0, 4096.0),),
        voi_function=VoiFunction.LINEAR,
        voi_lut=None,
        padding_value=None,
        padding_limit=None,
        invert=False,
        pixel_offset=0,
        spacing_mm=None,
        spacing_kind=SpacingKind.NONE,
        auto_window=Window(2048.0, 4096.0),
    )
    return ImageFacts(
        kind=FileKind.DICOM,
        sha256=digest,
        pixel_sha256=digest,
        size_bytes=1234,
        grid=grid,
        identity=Identity(),
        study=StudyFacts(sop_instance_uid=f"2.25.{int(digest[:12], 16)}", modality="DX"),
        warnings=(),
    )


def make_case(department: Department, patient: Patient | None = None, **fields: object) -> Case:
    defaults: dict[str, object] = {"status": Case.Status.RECEIVED, "study_date": date(2026, 3, 1)}
    return Case.objects.create(
        department=department,
        patient=patient or make_patient(department),
        **(defaults | fields),
    )


def make_image(case: Case, **fields: object) -> Image:
    facts = make_facts()
    defaults: dict[str, object] = {
        "kind": facts.kind,
        "sha256": facts.sha256,
        "pixel_sha256": facts.pixel_sha256,
        "size_bytes": facts.size_bytes,
        "original_key": f"originals/{facts.sha256}",
        "sop_instance_uid": facts.study.sop_instance_uid,
        "rows": facts.grid.rows,
        "columns": facts.grid.columns,
        "facts": facts.to_json(),
        "state": Image.State.DONE,
    }
    return Image.objects.create(case=case, department=case.department, **(defaults | fields))


def make_model(**fields: object) -> ModelVersion:
    number = next(_numbers)
    defaults: dict[str, object] = {
        "name": "test-model",
        "version": str(number),
        "sha256": hashlib.sha256(f"model {number}".encode()).hexdigest(),
        "path": "nowhere",
        "stage": ModelVersion.Stage.ACTIVE,
        "labels": list(LABELS),
        "thresholds": [0.5] * len(LABELS),
    }
    return ModelVersion.objects.create(**(defaults | fields))


def make_run(image: Image, model: ModelVersion | None = None, **fields: object) -> InferenceRun:
    """A finished run: Cardiomegaly with a box at 0.9, Effusion on the whole image at 0.7."""
    model = model or ModelVersion.objects.filter(stage="active").first() or make_model()
    now = timezone.now()
    defaults: dict[str, object] = {"state": "DONE", "started_at": now, "finished_at": now}
    run = InferenceRun.objects.create(image=image, model_version=model, **(defaults | fields))
    if run.state == InferenceRun.State.DONE:
        rows = [("Atelectasis", 0.2, None), ("Cardiomegaly", 0.8, None), ("Effusion", 0.7, None)]
        box = (10.0, 20.0, 60.0, 90.0)
        for ordinal, (label, score, corners) in enumerate([*rows, ("Cardiomegaly", 0.9, box)]):
            x_min, y_min, x_max, y_max = corners or (None,) * 4
            Detection.objects.create(
                run=run, ordinal=ordinal, label=label, score=score, threshold=0.5,
                x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max,
            )  # fmt: skip
    return run


def make_readable_case(department: Department, **fields: object) -> Case:
    """A case that is ready to read: one image, one finished run, two proposals."""
    case = make_case(department, status=Case.Status.PROPOSED, **fields)
    run = make_run(make_image(case), proposed_at=timezone.now())
    for detection in run.detections.filter(score__gte=0.7).exclude(score=0.8):
        Finding.objects.create(
            case=case, image=run.image, detection=detection, decision="PROPOSED",
            label=detection.label.lower(), x_min=detection.x_min, y_min=detection.y_min,
            x_max=detection.x_max, y_max=detection.y_max,
        )  # fmt: skip
    return case


def make_review(case: Case, reader: User, **fields: object) -> Review:
    review = Review.objects.create(case=case, reader=reader, **fields)
    if case.status == Case.Status.PROPOSED:
        Case.objects.filter(pk=case.pk).update(status=Case.Status.IN_REVIEW)
    return review


def make_note(case: Case, author: User, text: str = "Seen.", **fields: object) -> CaseNote:
    return CaseNote.objects.create(
        case=case, author=author, text=text, **({"written_at": timezone.now()} | fields)
    )
