"""Lists of patients: keyset pages in the order of names."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Q

from cxrportal.accounts.models import User
from patients.models import Patient

PAGE_SIZE = 50
SUGGESTIONS = 8


@dataclass(frozen=True, slots=True)
class PatientPage:
    """Rows, and the cursor of the page after them (none on the last)."""

    rows: list[Patient]
    after: str


def patients_page(user: User, *, text: str, archived: bool, after: str = "") -> PatientPage:
    """Up to 50 patients from the cursor on. A cursor that makes no sense starts at the front."""
    rows = Patient.objects.visible_to(user).filter(merged_into=None, is_archived=archived)
    rows = rows.matching(text)
    anchor = _anchor(user, after)
    if anchor is not None:
        name, pk = anchor.search_name, anchor.pk
        rows = rows.filter(Q(search_name__gt=name) | Q(search_name=name, pk__gt=pk))
    found = list(rows.select_related("department").order_by("search_name", "pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return PatientPage(shown, str(shown[-1].pk) if len(found) > PAGE_SIZE else "")


def patient_suggestions(user: User, text: str) -> list[Patient]:
    """The first few active patients that fit what was typed."""
    if not text.strip():
        return []
    rows = Patient.objects.visible_to(user).active().matching(text)
    return list(rows.order_by("search_name", "pk")[:SUGGESTIONS])


def _anchor(user: User, after: str) -> Patient | None:
    try:
        return Patient.objects.visible_to(user).filter(pk=after).first() if after else None
    except (ValueError, TypeError, ValidationError):
        return None
