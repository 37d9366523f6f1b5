"""One image of a data set and what its readers stated, as rows. Safe to run twice."""

from __future__ import annotations

import json
import uuid
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from annotations.importing.options import ImportOptions
from annotations.imports.judge import Read, Stated
from annotations.imports.types import DatasetImage
from annotations.models import DatasetImport, Finding, ImportedImage, Review
from cases.models import Image
from cases.services.upload import StatedStudy, UploadRequest, upload_accept
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import User
from cxrportal.accounts.services import imported_reader
from cxrportal.common.errors import PortalError
from patients.services import patient_discard_unused, patient_of_dataset

NAMESPACE = uuid.UUID("5b0c2f64-6a0e-4f3e-9a55-2f6f5b8a9c11")
SEXES = {"F": "F", "M": "M", "O": "O", "FEMALE": "F", "MALE": "M"}
VIEWS = frozenset({"PA", "AP", "LL", "RL", "LATERAL"})
MOST_KEY = 255


def image_store(*, job: DatasetImport, image: DatasetImage, path: Path) -> Image:
    """Through the same door as every upload. Raises FileRefused and the conflicts of an upload."""
    actor: User = job.created_by
    options = ImportOptions.from_json(job.options)
    patient = patient_of_dataset(
        department=job.department,
        actor=actor,
        source=job.source,
        key=image.patient or image.key,
        sex=SEXES.get(image.sex.upper(), ""),
        research_consent=options.research_consent,
    )
    view = image.view.upper()
    stated = StatedStudy(_day(image.study_date), view if view in VIEWS else "")
    request = UploadRequest(
        user=actor,
        department=job.department,
        path=path,
        file_name=image.file_name.rsplit("/", 1)[-1],
        patient=patient,
        stated=stated,
    )
    try:
        stored = upload_accept(request).image
    except PortalError:
        patient_discard_unused(patient=patient)
        raise
    record_access(actor, Verb.CREATE, stored, detail=f"import {job.pk}")
    return stored


def image_name(*, job: DatasetImport, image: DatasetImage, stored: Image) -> None:
    """Keep what the data set calls the image, and the age that only the data set knows."""
    ImportedImage.objects.get_or_create(
        source=job.source,
        image=stored,
        defaults={"key": image.key[:MOST_KEY], "age_years": image.age_years},
    )


def reads_store(*, job: DatasetImport, image: Image, reads: tuple[Read, ...]) -> tuple[int, int]:
    """How many findings are new, and how many stood there from an import before."""
    new = known = 0
    with transaction.atomic():
        for read in reads:
            reader = imported_reader(department=job.department, source=job.source, name=read.reader)
            review, _ = Review.objects.get_or_create(
                case_id=image.case_id,
                reader=reader,
                imported_from__isnull=False,
                defaults={
                    "imported_from": job,
                    "state": Review.State.COMPLETED,
                    "completed_at": timezone.now(),
                },
            )
            for stated in read.findings:
                made = _finding(job, review, image, stated)
                new, known = new + made, known + (not made)
            # "No finding" is of the whole case: one image with a finding takes it back.
            Review.objects.filter(pk=review.pk).update(no_finding=not review.findings.exists())
    return new, known


def _finding(job: DatasetImport, review: Review, image: Image, stated: Stated) -> bool:
    """The natural key: data set, file, reader (the review), and what was stated."""
    said = (stated.label, stated.box_xyxy, stated.certainty, stated.laterality)
    client_id = uuid.uuid5(NAMESPACE, json.dumps([job.source, image.sha256, *said]))
    x_min, y_min, x_max, y_max = stated.box_xyxy or (None,) * 4
    _, made = Finding.objects.get_or_create(
        review=review,
        client_id=client_id,
        defaults={
            "case_id": image.case_id,
            "image": image,
            "decision": Finding.Decision.DRAWN,
            "label": stated.label,
            "x_min": x_min,
            "y_min": y_min,
            "x_max": x_max,
            "y_max": y_max,
            "certainty": stated.certainty,
            "laterality": stated.laterality,
        },
    )
    return made


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
