"""One file in: checked whole, stored durably, given its patient and case, only then accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.dicom import sandbox
from cases.dicom.types import FileWarning, ImageFacts
from cases.models import Case, Image, Upload
from cases.services.ingest import decode_limits
from cases.workflow import advance
from cxrportal.accounts.models import Department, User
from cxrportal.common.errors import PortalError
from cxrportal.common.storage import put_durable
from patients.matching import ClaimedIdentity
from patients.models import Patient
from patients.services import patient_match_or_create

_NOT_ANALYSABLE = frozenset({"not_a_chest", "not_human"})


class SopInstanceConflict(PortalError):
    code = "sop_instance_conflict"
    http_status = 409
    default_message = (
        "Another image with this SOP Instance UID is stored already, with other pixels. "
        "Nothing was changed."
    )


class CaseIsElsewhere(PortalError):
    code = "study_of_another_case"
    http_status = 409
    default_message = "This file belongs to a study that is another case already."


@dataclass(frozen=True, slots=True)
class StatedStudy:
    """What the table of a data set says of a file's study. Its patient stands, whoever the header
    names: headers of data sets hold pseudonyms of another time.
    """

    study_date: date | None = None
    view_position: str = ""


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """Who sends what, and where it should go. ``patient`` and ``case`` are in ``department``."""

    user: User
    department: Department
    path: Path
    file_name: str
    patient: Patient | None = None
    case: Case | None = None
    via_api: bool = False
    is_synthetic: bool = False
    stated: StatedStudy | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to one accepted file."""

    upload: Upload
    image: Image
    warnings: tuple[FileWarning, ...]


def upload_accept(request: UploadRequest) -> Accepted:
    """Store one file. Raises FileRefused, SopInstanceConflict, StorageUnavailable: all or none."""
    facts = sandbox.inspect(request.path, decode_limits())
    known = _known_image(request, facts)
    if known is not None:
        return _receipt(request, *known, outcome=Upload.Outcome.DUPLICATE)
    key = f"originals/{request.department.pk}/{facts.sha256}"
    with request.path.open("rb") as content:
        put_durable(key, content)
    try:
        with transaction.atomic():
            image, warnings = _store_rows(request, facts, key)
            return _receipt(request, image, warnings, outcome=Upload.Outcome.ACCEPTED)
    except IntegrityError:
        # the same file or study arrived twice at once: the other one won
        known = _known_image(request, facts)
        if known is None:
            raise
        return _receipt(request, *known, outcome=Upload.Outcome.DUPLICATE)


def _known_image(
    request: UploadRequest, facts: ImageFacts
) -> tuple[Image, tuple[FileWarning, ...]] | None:
    """The stored image that this file repeats, and what to say. Raises SopInstanceConflict."""
    stored = Image.objects.filter(department=request.department)
    same_file = stored.filter(sha256=facts.sha256).first()
    if same_file is not None:
        return same_file, facts.warnings
    uid = facts.study.sop_instance_uid
    same_uid = stored.filter(sop_instance_uid=uid).first() if uid else None
    if same_uid is None:
        return None
    if same_uid.pixel_sha256 != facts.pixel_sha256:
        raise SopInstanceConflict
    differs = FileWarning(
        "duplicate_header_differs",
        "The same image is stored already with another header. The stored one was kept as it is.",
    )
    return same_uid, (*facts.warnings, differs)


def _store_rows(
    request: UploadRequest, facts: ImageFacts, key: str
) -> tuple[Image, tuple[FileWarning, ...]]:
    case, extra = _case_for(request, facts)
    warnings = (*facts.warnings, *extra)
    image = Image.objects.create(
        case=case,
        department=request.department,
        kind=facts.kind,
        sha256=facts.sha256,
        pixel_sha256=facts.pixel_sha256,
        size_bytes=facts.size_bytes,
        original_name=request.file_name[:255],
        original_key=key,
        sop_instance_uid=facts.study.sop_instance_uid,
        rows=facts.grid.rows,
        columns=facts.grid.columns,
        view_position=_view_position(request, facts),
        facts=facts.to_json(),
        warnings=[{"code": w.code, "message": w.message} for w in warnings],
        analysable=not any(w.code in _NOT_ANALYSABLE for w in warnings),
    )
    again = case.status in (Case.Status.INGESTED, Case.Status.ANALYSED, Case.Status.PROPOSED)
    to = Case.Status.RECEIVED if again else case.status
    advance(case_id=case.pk, to=to, actor=request.user, reason="image_added")
    return image, warnings


def _view_position(request: UploadRequest, facts: ImageFacts) -> str:
    stated = request.stated.view_position if request.stated else ""
    return (facts.study.view_position or stated)[:16]


def _case_for(request: UploadRequest, facts: ImageFacts) -> tuple[Case, tuple[FileWarning, ...]]:
    """The case this image joins or opens. Raises CaseIsElsewhere."""
    study_uid = facts.study.study_instance_uid
    existing = Case.objects.filter(
        department=request.department, study_instance_uid=study_uid
    ).select_related("patient")
    same_study = existing.select_for_update().first() if study_uid else None
    if request.case is not None:
        if same_study is not None and same_study.pk != request.case.pk:
            raise CaseIsElsewhere
        return request.case, _identity_warnings(request.case.patient, facts)
    if same_study is not None:
        warnings = _identity_warnings(same_study.patient, facts)
        stated = request.stated is not None and request.patient == same_study.patient
        if not warnings or stated:
            return same_study, ()
        return _open_case(request, facts, study_uid=""), warnings
    return _open_case(request, facts, study_uid=study_uid), ()


def _open_case(request: UploadRequest, facts: ImageFacts, *, study_uid: str) -> Case:
    study = facts.study
    patient = request.patient
    if patient is None or (request.stated is None and _identity_warnings(patient, facts)):
        patient = patient_match_or_create(
            department=request.department,
            claimed=ClaimedIdentity(
                mrn=facts.identity.patient_id,
                name=facts.identity.patient_name,
                birth_date=facts.identity.birth_date,
                sex=facts.identity.sex,
            ),
            trusted=not request.via_api,
            actor=request.user,
        )
    if request.is_synthetic and not patient.is_synthetic:
        Patient.objects.filter(pk=patient.pk).update(is_synthetic=True)
    return Case.objects.create(
        department=request.department,
        patient=patient,
        accession_number=study.accession_number[:64],
        study_instance_uid=study_uid,
        study_date=study.study_date
        or (request.stated.study_date if request.stated else timezone.localdate()),
        study_description=study.study_description[:200],
        is_synthetic=request.is_synthetic,
        created_by=request.user,
    )


def _identity_warnings(patient: Patient, facts: ImageFacts) -> tuple[FileWarning, ...]:
    """What in the header speaks against ``patient``; silence speaks for nobody."""
    identity = facts.identity
    mrn = patient.mrn or patient.claimed_mrn
    differs = (
        (identity.patient_id and mrn and identity.patient_id != mrn)
        or (
            identity.birth_date and patient.birth_date and identity.birth_date != patient.birth_date
        )
        or (identity.sex and patient.sex and identity.sex != patient.sex)
    )
    if not differs:
        return ()
    message = "The file's header names another patient than the case. Please confirm who it is."
    return (FileWarning("identity_differs", message),)


def _receipt(
    request: UploadRequest, image: Image, warnings: tuple[FileWarning, ...], *, outcome: str
) -> Accepted:
    upload = Upload.objects.create(
        user=request.user,
        image=image,
        file_name=request.file_name[:255],
        outcome=outcome,
        warnings=[{"code": w.code, "message": w.message} for w in warnings],
        via_api=request.via_api,
    )
    return Accepted(upload=upload, image=image, warnings=warnings)
