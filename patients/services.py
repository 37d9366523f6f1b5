"""Writing patients: one transaction and one journey each; edits name the version they saw."""

from __future__ import annotations

import hashlib
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from cxrportal.accounts.models import Department, User
from cxrportal.accounts.permissions import CLINICIAN, require_role
from cxrportal.common.errors import PortalError
from patients.age import can_be_born
from patients.matching import ClaimedIdentity, holder_of_mrn, match
from patients.models import Patient
from patients.names import searchable

EDITABLE = (
    "mrn", "name", "birth_date", "sex", "phone", "email", "medical_history", "allergies", "notes",
    "research_consent",
)  # fmt: skip
MRN_LENGTH = 64
IDENTITY = ("name", "birth_date", "sex")


class MrnTaken(PortalError):
    code = "mrn_taken"
    http_status = 409
    default_message = "Another patient of this department has this MRN."


class PatientChanged(PortalError):
    code = "version_conflict"
    http_status = 409
    default_message = "Somebody changed this patient meanwhile. Look at it again, then save."


class PatientUnconfirmed(PortalError):
    code = "mrn_needed"
    http_status = 400
    default_message = "A confirmed patient needs an MRN."


class BirthDateImpossible(PortalError):
    code = "birth_date_impossible"
    http_status = 400
    default_message = "A birth date lies between 1900 and today."


class PatientConfirmed(PortalError):
    code = "already_confirmed"
    http_status = 409
    default_message = "Somebody has confirmed this patient meanwhile. Nothing was changed."


class PatientMerged(PortalError):
    code = "patient_merged"
    http_status = 409
    default_message = "This record was merged into another one, which is the one to change."


def patient_create(*, department: Department, actor: User, **values: object) -> Patient:
    """A confirmed patient.

    Raises NotAllowed, MrnTaken, PatientUnconfirmed (no MRN), BirthDateImpossible.
    """
    require_role(actor, CLINICIAN, department.pk)
    fields = _checked(values)
    if not str(fields.get("mrn", "")).strip():
        raise PatientUnconfirmed
    try:
        with transaction.atomic():
            return Patient.objects.create(
                department=department,
                created_by=actor,
                **fields,
            )
    except IntegrityError as error:
        raise MrnTaken from error


def patient_update(*, patient: Patient, actor: User, version: int, **values: object) -> Patient:
    """Save an edit. Raises NotAllowed, PatientChanged, PatientMerged, MrnTaken,
    PatientUnconfirmed (the MRN taken away), BirthDateImpossible.
    """
    require_role(actor, CLINICIAN, patient.department_id)
    _require_unmerged(patient)
    fields = _checked(values)
    if patient.confirmed and "mrn" in fields and not str(fields["mrn"]).strip():
        raise PatientUnconfirmed
    try:
        with transaction.atomic():
            changed = Patient.objects.filter(pk=patient.pk, version=version).update(
                **fields, version=F("version") + 1, updated_at=timezone.now()
            )
    except IntegrityError as error:
        raise MrnTaken from error
    patient.refresh_from_db()
    if not changed:
        raise PatientChanged
    return patient


def patient_archive(*, patient: Patient, actor: User) -> Patient:
    """Take the patient out of the lists. Nothing is deleted. Raises NotAllowed, PatientMerged."""
    return _set_archived(patient, actor, archived=True)


def patient_restore(*, patient: Patient, actor: User) -> Patient:
    """Back into the lists. Raises NotAllowed, PatientMerged."""
    return _set_archived(patient, actor, archived=False)


def patient_confirm(*, patient: Patient, actor: User, mrn: str, **identity: object) -> Patient:
    """A clinician has checked who this is: a new patient of the department.

    ``identity`` (name, birth_date, sex) puts right what the file said. Raises NotAllowed, MrnTaken,
    PatientUnconfirmed (no MRN), PatientConfirmed, BirthDateImpossible.
    """
    require_role(actor, CLINICIAN, patient.department_id)
    fields = _checked({name: identity[name] for name in IDENTITY if name in identity})
    fields |= {"mrn": mrn.strip(), "confirmed": True}
    if not fields["mrn"]:
        raise PatientUnconfirmed
    holder = holder_of_mrn(patient.department, mrn.strip())
    if holder is not None and holder.pk != patient.pk:
        raise MrnTaken
    waiting = Patient.objects.filter(pk=patient.pk, confirmed=False, merged_into=None)
    try:
        with transaction.atomic():
            changed = waiting.update(**fields, version=F("version") + 1, updated_at=timezone.now())
    except IntegrityError as error:
        raise MrnTaken from error
    patient.refresh_from_db()
    if not changed:
        raise PatientConfirmed
    return patient


def patient_match_or_create(
    *,
    department: Department,
    claimed: ClaimedIdentity,
    trusted: bool,
    actor: User,
) -> Patient:
    """The patient of an incoming file.

    A file that a clinician sends by page (``trusted``) is matched by MRN. Everything else, and
    every conflict, becomes an unconfirmed patient that keeps the claim for whoever confirms it.
    """
    known = match(department, claimed) if trusted else None
    if known is not None:
        return known
    return Patient.objects.create(
        department=department,
        name=claimed.name[:200],
        search_name=searchable(claimed.name)[:220],
        birth_date=claimed.birth_date,
        sex=claimed.sex,
        confirmed=False,
        claimed_mrn=claimed.mrn[:64],
        created_by=actor,
    )


def patient_of_dataset(
    *,
    department: Department,
    actor: User,
    source: str,
    key: str,
    sex: str,
    research_consent: bool,
) -> Patient:
    """The patient whom an imported data set calls ``key``: the same one each time.

    The record number names the data set, so that it meets no number of the department's own.
    Raises NotAllowed.
    """
    require_role(actor, CLINICIAN, department.pk)
    mrn = f"{source}:{key}"
    if len(mrn) > MRN_LENGTH:
        mrn = f"{source}:{hashlib.sha256(key.encode()).hexdigest()[:20]}"
    name = f"{key[:120]} ({source}, imported)"
    values = {
        "name": name,
        "search_name": searchable(name)[:220],
        "sex": sex,
        "research_consent": research_consent,
        "created_by": actor,
    }
    patient, _ = Patient.objects.get_or_create(
        department=department, mrn=mrn, merged_into=None, defaults=values
    )
    return patient


def patient_discard_unused(*, patient: Patient) -> None:
    """Take back a patient whose only file was refused."""
    if patient.confirmed and not patient.cases.exists():
        Patient.objects.filter(pk=patient.pk, version=1, cases=None).delete()


def _set_archived(patient: Patient, actor: User, *, archived: bool) -> Patient:
    require_role(actor, CLINICIAN, patient.department_id)
    _require_unmerged(patient)
    Patient.objects.filter(pk=patient.pk, merged_into=None).update(
        is_archived=archived, version=F("version") + 1, updated_at=timezone.now()
    )
    patient.refresh_from_db()
    return patient


def _require_unmerged(patient: Patient) -> None:
    if patient.merged_into_id is not None:
        raise PatientMerged


def _checked(values: dict[str, object]) -> dict[str, object]:
    """The fields that a clinician may write, with the name as it is searched for."""
    fields = {name: value for name, value in values.items() if name in EDITABLE}
    born = fields.get("birth_date")
    if isinstance(born, date) and not can_be_born(born, timezone.localdate()):
        raise BirthDateImpossible
    if "name" in fields:
        fields["search_name"] = searchable(str(fields["name"]))[:220]
    return fields
