"""Which notes a person sees, whom they may mention, and what they were told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from annotations.models import CaseNote, Notification
from annotations.notes.mentions import Colleague
from annotations.selectors import others_are_open_to
from cases.models import Case
from cxrportal.accounts.models import Membership, User
from cxrportal.accounts.permissions import CLINICIAN

SUGGESTIONS = 8


def notes_visible_to(user: User) -> QuerySet[CaseNote]:
    """One's own always; those of others once they cannot bias one's read of the case any more."""
    return CaseNote.objects.visible_to(user).filter(Q(author=user) | others_are_open_to(user))


def notes_json(user: User, case: Case) -> dict[str, Any]:
    """The notes of a case, oldest first, and whether some are held back from a blind read."""
    rows = notes_visible_to(user).filter(case=case).select_related("author")
    notes = [note_json(note, user) for note in rows]
    withheld = CaseNote.objects.filter(case=case).count() > len(notes)
    return {"notes": notes, "withheld": withheld}


def note_json(note: CaseNote, user: User) -> dict[str, Any]:
    """A deleted note keeps its place; its text is in its versions."""
    return {
        "id": str(note.pk),
        "parent": str(note.parent_id) if note.parent_id else None,
        "author": str(note.author),
        "mine": note.author_id == user.pk,
        "text": "" if note.deleted_at else note.text,
        "version": note.version,
        "created_at": note.created_at.isoformat(),
        "edited_at": note.written_at.isoformat() if note.version > 1 else None,
        "deleted_at": note.deleted_at.isoformat() if note.deleted_at else None,
    }


def versions_json(note: CaseNote) -> list[dict[str, Any]]:
    """Every text that the note ever had, the first one first."""
    earlier = note.versions.values_list("number", "text", "written_at")
    rows = [*earlier, (note.version, note.text, note.written_at)]
    return [
        {"number": number, "text": text, "written_at": at.isoformat()} for number, text, at in rows
    ]


def colleagues_of(department_id: UUID) -> QuerySet[User]:
    """Clinicians who work in the department now."""
    clinicians = Membership.objects.filter(department=department_id, role=CLINICIAN)
    active = User.objects.filter(is_active=True, is_approved=True)
    return active.filter(pk__in=clinicians.values("user")).order_by("full_name", "email")


def who_can_be_mentioned(case: Case) -> list[Colleague]:
    rows = colleagues_of(case.department_id).values_list("pk", "full_name", "email")
    return [Colleague(*row) for row in rows]


def colleague_suggestions(user: User, case: Case, text: str) -> list[dict[str, str]]:
    """The first few others whose name has a word, or whose e-mail address, that begins so.

    ``insert`` is what mentions this person and nobody else.
    """
    everyone = who_can_be_mentioned(case)
    names = [colleague.name for colleague in everyone]
    typed = text.casefold()
    found = [one for one in everyone if one.id != user.pk and _begins(one, typed)]
    return [
        {
            "name": one.name or one.email,
            "email": one.email,
            "insert": f"@{one.name if names.count(one.name) == 1 and one.name else one.email}",
        }
        for one in found[:SUGGESTIONS]
    ]


def _begins(colleague: Colleague, typed: str) -> bool:
    name = colleague.name.casefold()
    words = (name, colleague.email.casefold(), *name.split())
    return any(word.startswith(typed) for word in words)


def notifications_of(user: User) -> QuerySet[Notification]:
    """What ``user`` was told, the newest first; ``is_reply``: of a reply to a note of theirs."""
    rows = Notification.objects.visible_to(user)
    rows = rows.annotate(is_reply=Q(note__parent__author__isnull=False, note__parent__author=user))
    return rows.select_related("note__author", "note__case__patient")


def unread_number(user: User) -> int:
    return Notification.objects.visible_to(user).unread().count()


def notification_json(notification: Notification) -> dict[str, Any]:
    """Who and which case; what was written is read in the case, under the rules of its reads."""
    note = notification.note
    return {
        "id": str(notification.pk),
        "author": str(note.author),
        "reason": "reply" if notification.is_reply else "mention",  # type: ignore[attr-defined]
        "case": str(note.case_id),
        "patient": note.case.patient.name,
        "created_at": notification.created_at.isoformat(),
        "read_at": notification.read_at.isoformat() if notification.read_at else None,
    }
