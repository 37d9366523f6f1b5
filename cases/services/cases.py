"""Cases made and edited by hand; the state is moved elsewhere (``cases.workflow``)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cases.models import Case, CaseEvent
from cases.querysets import read_openly
from cases.workflow import advance
from cxrportal.accounts.models import Membership, User
from cxrportal.accounts.permissions import CLINICIAN, require_role
from cxrportal.common.errors import PortalError
from patients.models import Patient

EDITABLE = (
    "accession_number", "study_date", "study_description", "clinical_question", "priority",
    "assignee",
)  # fmt: skip


class CaseChanged(PortalError):
    code = "version_conflict"
    http_status = 409
    default_message = "Somebody changed this case meanwhile. Look at it again, then save."


class AssigneeElsewhere(PortalError):
    code = "assignee_not_in_department"
    http_status = 400
    default_message = "Only a clinician of the department can be given this case."


class StudyDateImpossible(PortalError):
    code = "study_date_impossible"
    http_status = 400
    default_message = "A study date lies between 1900 and tomorrow."


def study_date_is_possible(day: date, today: date) -> bool:
    """Tomorrow is: it may have begun where the image was made."""
    return date(1900, 1, 1) <= day <= today + timedelta(days=1)


def case_create(*, patient: Patient, actor: User, **values: object) -> Case:
    """A case without images yet. Raises NotAllowed, AssigneeElsewhere, StudyDateImpossible."""
    require_role(actor, CLINICIAN, patient.department_id)
    fields = _checked(patient.department_id, values)
    fields["study_date"] = fields.get("study_date") or timezone.localdate()
    with transaction.atomic():
        case = Case.objects.create(
            department_id=patient.department_id,
            patient=patient,
            is_synthetic=patient.is_synthetic,
            created_by=actor,
            **fields,
        )
        advance(case_id=case.pk, to=case.status, actor=actor, reason="made_by_hand")
    return case


def case_update(*, case: Case, actor: User, version: int, **values: object) -> Case:
    """Save an edit. Raises NotAllowed, CaseChanged, AssigneeElsewhere, StudyDateImpossible."""
    require_role(actor, CLINICIAN, case.department_id)
    fields = _checked(case.department_id, values)
    changed = Case.objects.filter(pk=case.pk, version=version).update(
        **fields, version=F("version") + 1, updated_at=timezone.now()
    )
    case.refresh_from_db()
    if not changed:
        raise CaseChanged
    return case


def case_assign(*, case: Case, actor: User, assignee: User | None) -> Case:
    """Give the case to a reader, or to nobody."""
    return case_update(case=case, actor=actor, version=case.version, assignee=assignee)


def case_rank(*, case_id: UUID, triage: int) -> None:
    """Place an openly read case in the order of triage; 0 for one that is read blind.

    No edit of a person's, so the version stays.
    """
    Case.objects.filter(pk=case_id).update(triage=0)
    Case.objects.filter(read_openly(), pk=case_id).update(triage=triage)


def case_archive(*, case: Case, actor: User) -> Case:
    """Take the case out of the lists. Nothing is deleted."""
    return _set_archived(case, actor, archived=True)


def case_restore(*, case: Case, actor: User) -> Case:
    return _set_archived(case, actor, archived=False)


def _set_archived(case: Case, actor: User, *, archived: bool) -> Case:
    require_role(actor, CLINICIAN, case.department_id)
    with transaction.atomic():
        Case.objects.filter(pk=case.pk).update(is_archived=archived, version=F("version") + 1)
        CaseEvent.objects.create(
            case=case,
            actor=actor,
            from_status=case.status,
            to_status=case.status,
            reason="archived" if archived else "restored",
        )
    case.refresh_from_db()
    return case


def _checked(department_id: UUID, values: dict[str, object]) -> dict[str, object]:
    fields = {name: value for name, value in values.items() if name in EDITABLE}
    day = fields.get("study_date")
    if isinstance(day, date) and not study_date_is_possible(day, timezone.localdate()):
        raise StudyDateImpossible
    assignee = fields.get("assignee")
    if isinstance(assignee, User):
        members = Membership.objects.filter(
            user=assignee, user__is_active=True, department_id=department_id, role=CLINICIAN
        )
        if not members.exists():
            raise AssigneeElsewhere
    return fields
