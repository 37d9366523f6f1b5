"""Acts on a patient that move cases: confirming who it is, merging duplicates."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cases.models import Case, CaseEvent
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import CLINICIAN, require_role
from cxrportal.common.errors import PortalError
from patients.matching import ClaimedIdentity, conflicts
from patients.models import Patient


class MergeRefused(PortalError):
    code = "merge_refused"
    http_status = 409
    default_message = "These two cannot be merged."


def patient_merge(
    *, duplicate: Patient, kept: Patient, actor: User, despite_conflict: bool = False
) -> Patient:
    """Move every case of ``duplicate`` to ``kept``; the duplicate stays as a pointer.

    Signed reports keep the words they were signed with. Raises MergeRefused, NotAllowed.
    """
    require_role(actor, CLINICIAN, kept.department_id)
    with transaction.atomic():
        locked = {
            p.pk: p
            for p in Patient.objects.select_for_update()
            .filter(pk__in=(duplicate.pk, kept.pk))
            .order_by("pk")
        }
        _check_merge(locked[duplicate.pk], locked[kept.pk], despite_conflict=despite_conflict)
        _move_cases(duplicate, kept, actor)
        Patient.objects.filter(merged_into=duplicate).update(merged_into=kept)
        Patient.objects.filter(pk=duplicate.pk).update(
            merged_into=kept, is_archived=True, version=F("version") + 1, updated_at=timezone.now()
        )
    kept.refresh_from_db()
    return kept


def _move_cases(duplicate: Patient, kept: Patient, actor: User) -> None:
    """Each case notes that it has another patient now; its state stays."""
    moved = list(Case.objects.select_for_update().filter(patient=duplicate).order_by("pk"))
    Case.objects.filter(pk__in=[case.pk for case in moved]).update(
        patient=kept, version=F("version") + 1, updated_at=timezone.now()
    )
    CaseEvent.objects.bulk_create(
        CaseEvent(
            case=case,
            actor=actor,
            from_status=case.status,
            to_status=case.status,
            reason="patient_merged",
        )
        for case in moved
    )


def _check_merge(duplicate: Patient, kept: Patient, *, despite_conflict: bool) -> None:
    if duplicate.pk == kept.pk:
        raise MergeRefused("A patient cannot be merged into itself.")
    if duplicate.department_id != kept.department_id:
        raise MergeRefused("Patients of two departments are not merged.")
    if duplicate.merged_into_id or kept.merged_into_id:
        raise MergeRefused("One of them was merged already.")
    if duplicate.is_synthetic != kept.is_synthetic:
        raise MergeRefused("A synthetic patient is not merged with a real one.")
    if not kept.confirmed:
        raise MergeRefused("Keep the confirmed patient.")
    claimed = ClaimedIdentity(birth_date=duplicate.birth_date, sex=duplicate.sex)
    against = conflicts(kept, claimed)
    if against and not despite_conflict:
        raise MergeRefused(
            f"They differ in {' and '.join(against)}. "
            "Merge only if you know that one of them is wrong.",
            code="identities_conflict",
        )
