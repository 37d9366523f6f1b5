"""From reads to what the exporter is told, still with identities (they end there)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from typing import Any

from annotations.exports.deidentify import SourceImage, SourceStatement
from annotations.exports.splits import DEFAULT_RULE, SplitRule, split_patients
from annotations.exports.types import NO_FINDING, Decided, ExportPrediction, Split
from annotations.models import Finding, ImportedImage, Release, Review
from annotations.releases.selectors import reviews_of_release
from annotations.selectors import box_of
from cases.dicom.burned_in import Box
from cases.models import Case, Image
from cases.selectors import latest_text_review
from cases.services.burned_in import text_check_make
from cxrportal.accounts.models import User
from inference.models import Detection
from inference.predict.labels import vocabulary_code
from patients.age import age_on

CHUNK = 500
_PIXELS_MAY_NAME = frozenset({"burned_in"})


def masks_of(image: Image) -> tuple[Box, ...]:
    """The boxes that a clinician wants painted over; none where the picture was found clean."""
    review = latest_text_review(image)
    return tuple((box[0], box[1], box[2], box[3]) for box in review.masks) if review else ()


def excluded_because(image: Image) -> str:
    """Why this image stays out of every release, or nothing."""
    codes = {warning["code"] for warning in image.warnings}
    if image.state != Image.State.DONE:
        return "not_prepared"
    if not image.analysable:
        return "not_a_chest_radiograph"
    if latest_text_review(image) is not None:
        return ""
    if codes & _PIXELS_MAY_NAME:
        return "burned_in_text"
    return "suspected_text" if text_check_make(image=image).region_count else ""


def splits_of(release: Release) -> dict[str, Split]:
    """The part of each patient, by id, from everything that was stated of their cases."""
    wanted = release.filters
    rule = SplitRule(
        wanted.get("validation_share", DEFAULT_RULE.validation),
        wanted.get("test_share", DEFAULT_RULE.test),
        wanted.get("split_seed", DEFAULT_RULE.seed),
    )
    reviews = reviews_of_release(release)
    stated = Finding.objects.stated().filter(review__in=reviews.values("pk"))
    labels = stated.values_list("case__patient", "label")
    patients = reviews.values_list("case__patient", flat=True)
    pairs = chain(
        ((str(pk), ()) for pk in patients.iterator(chunk_size=CHUNK)),
        ((str(pk), (label,)) for pk, label in labels.iterator(chunk_size=CHUNK)),
    )
    return split_patients(pairs, rule)


def identity_texts(cases: Any) -> Iterator[str]:
    """Every text that names somebody of these cases: none of it may stand in the release."""
    of_cases = Case.objects.filter(pk__in=cases).select_related("patient")
    for case in of_cases.iterator(chunk_size=CHUNK):
        patient = case.patient
        yield from (case.accession_number, case.study_instance_uid, str(case.pk))
        yield from (patient.name, patient.mrn, patient.phone, patient.email, str(patient.pk))
    images = Image.objects.filter(case__in=cases)
    for pk, uid in images.values_list("pk", "sop_instance_uid").iterator(chunk_size=CHUNK):
        yield from (str(pk), uid)
    readers = User.objects.filter(reviews__case__in=cases).distinct()
    for email, name in readers.values_list("email", "full_name"):
        yield from (email, name)


def source_image(case: Case, image: Image, split: Split) -> SourceImage:
    """The image with the patient's facts at the time of the study."""
    patient = case.patient
    return SourceImage(
        image_id=str(image.pk),
        patient_id=str(patient.pk),
        width_px=image.columns,
        height_px=image.rows,
        age_years=_age(case, image),
        sex=patient.sex,
        view=image.view_position,
        study_date=case.study_date,
        split=split,
    )


def _age(case: Case, image: Image) -> int | None:
    """By the birth date, else as the data set says that the image came with."""
    age = age_on(case.patient.birth_date, case.study_date)
    if age is not None:
        return age
    known = ImportedImage.objects.filter(image=image, age_years__isnull=False).order_by("pk")
    return known.values_list("age_years", flat=True).first()


def predictions_of(image: Image, models: list[str]) -> tuple[ExportPrediction, ...]:
    """What the newest finished run of a model put out (one of ``models``, by SHA-256, if any are
    named); nothing where none finished.
    """
    runs = image.runs.filter(state="DONE")
    if models:
        runs = runs.filter(model_version__sha256__in=models)
    run = runs.order_by("-finished_at").first()
    if run is None:
        return ()
    return tuple(_prediction(detection) for detection in run.detections.all())


def _prediction(detection: Detection) -> ExportPrediction:
    corners = (detection.x_min, detection.y_min, detection.x_max, detection.y_max)
    x_min, y_min, x_max, y_max = corners
    box = None
    if x_min is not None and y_min is not None and x_max is not None and y_max is not None:
        box = (x_min, y_min, x_max, y_max)
    return ExportPrediction(vocabulary_code(detection.label), detection.score, box)


def source_statements(reviews: Iterable[Review], image: Image) -> tuple[SourceStatement, ...]:
    """What the readers stated of this image; nothing where nobody stated anything."""
    return tuple(statement for review in reviews for statement in _of_reader(review, image))


def _of_reader(review: Review, image: Image) -> tuple[SourceStatement, ...]:
    findings = review.findings.filter(image=image).exclude(decision="REJECTED")
    stated = tuple(
        _statement(review, finding)
        for finding in findings.select_related("proposal__detection").order_by("created_at", "id")
    )
    nothing = review.no_finding and not review.findings.stated().exists()
    if stated or not nothing:
        return stated
    return (
        SourceStatement(
            label=NO_FINDING,
            reader_id=str(review.reader_id),
            reviewed_on=_day(review),
            decided=Decided.DRAWN,
            certainty=Finding.Certainty.CERTAIN,
            imported=review.imported_from_id is not None,
        ),
    )


def _day(review: Review) -> date | None:
    """When the read was completed; of an imported one nobody knows."""
    imported = review.imported_from_id is not None
    return None if imported or review.completed_at is None else review.completed_at.date()


def _statement(review: Review, finding: Finding) -> SourceStatement:
    detection = finding.proposal.detection if finding.proposal else None
    return SourceStatement(
        label=finding.label,
        reader_id=str(review.reader_id),
        reviewed_on=_day(review),
        decided=finding.decision,
        certainty=finding.certainty,
        laterality=finding.laterality,
        box_xyxy=box_of(finding),
        model_score=detection.score if detection else None,
        imported=review.imported_from_id is not None,
    )
