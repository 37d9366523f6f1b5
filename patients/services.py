"""Writing patients: one transaction and one journey each; edits name the version they saw."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F

from cxrportal.accounts.models import Department, User
from cxrportal.accounts.permissions import CLINICIAN, require_role
from cxrportal.common.errors import PortalError
from patients.matching import ClaimedIdentity, holder_of_mrn, match
from patients.models import Patient
from patients.names import searchable

EDITABLE = (
    "mrn", "name", "birth_date", "sex", "phone", "email", "medical_history", "allergies", "notes",
    "research_consent",
)  # fmt: skip


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


def patient_create(*, department: Department, actor: User, **values: object) -> Patient:
    """A confirmed patient. Raises NotAllowed, MrnTaken, PatientUnconfirmed (no MRN)."""
    require_role(actor, CLINICIAN, department.pk)
    fields = {name: value for name, value in values.items() if name in EDITABLE}
    if not str(fields.get("mrn", "")).strip():
        raise PatientUnconfirmed
    try:
        with transaction.atomic():
            return Patient.objects.create(
                department=department,
                created_by=actor,
                search_name=searchable(str(fields.get("name", ""))),
                **fields,
            )
    except IntegrityError as error:
        raise MrnTaken from error


def patient_update(*, patient: Patient, actor: User, version: int, **values: object) -> Patient:
    """Save an edit. Raises NotAllowed, PatientChanged, MrnTaken."""
    require_role(actor, CLINICIAN, patient.department_id)
    fields = {name: value for name, value in values.items() if name in EDITABLE}
    if "name" in fields:
        fields["search_name"] = searchable(str(fields["name"]))
    if patient.confirmed and "mrn" in fields and not str(fields["mrn"]).strip():
        raise PatientUnconfirmed
    try:
        with transaction.atomic():
            changed = Patient.objects.filter(pk=patient.pk, version=version).update(
                **fields, version=F("version") + 1
            )
    except IntegrityError as error:
        raise MrnTaken from error
    patient.refresh_from_db()
    if not changed:
        raise PatientChanged
    return patient


def patient_archive(*, patient: Patient, actor: User) -> Patient:
    return _set(patient, actor, is_archived=True)


def patient_restore(*, patient: Patient, actor: User) -> Patient:
    return _set(patient, actor, is_archived=False)


def patient_confirm(*, patient: Patient, actor: User, mrn: str) -> Patient:
    """A clinician has checked who this is: a new patient of the department. Raises MrnTaken."""
    require_role(actor, CLINICIAN, patient.department_id)
    mrn = mrn.strip()
    if not mrn:
        raise PatientUnconfirmed
    holder = holder_of_mrn(patient.department, mrn)
    if holder is not None and holder.pk != patient.pk:
        raise MrnTaken
    return _set(patient, actor, mrn=mrn, confirmed=True)


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


def _set(patient: Patient, actor: User, **values: object) -> Patient:
    require_role(actor, CLINICIAN, patient.department_id)
    Patient.objects.filter(pk=patient.pk).update(**values, version=F("version") + 1)
    patient.refresh_from_db()
    return patient
