"""Writing notes. What was written stays: an edit keeps the text before, a deletion is a mark."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from annotations.errors import VersionConflict
from annotations.models import CaseNote, CaseNoteVersion, Notification
from annotations.notes.errors import InvalidNote, NoteDeleted, NotYourNote
from annotations.notes.mentions import mentioned
from annotations.notes.selectors import who_can_be_mentioned
from cases.models import Case
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import CLINICIAN, require_role

LONGEST = 5_000


@dataclass(frozen=True, slots=True)
class NewNote:
    """What an author sends; ``client_id`` makes sending it twice harmless."""

    client_id: UUID
    text: str
    parent: CaseNote | None = None


def note_create(*, case: Case, author: User, new: NewNote) -> tuple[CaseNote, bool]:
    """The note and whether it is new. Raises InvalidNote, NoteDeleted, NotAllowed."""
    require_role(author, CLINICIAN, case.department_id)
    text = _checked(new.text)
    _require_root(case, new.parent)
    known = CaseNote.objects.filter(author=author, client_id=new.client_id)
    if (same := known.first()) is not None:
        return same, False
    try:
        with transaction.atomic():
            note = CaseNote.objects.create(
                case=case,
                author=author,
                parent=new.parent,
                client_id=new.client_id,
                text=text,
                written_at=timezone.now(),
            )
            _notify(note)
    except IntegrityError:  # the same request, twice at once
        return known.get(), False
    return note, True


def note_edit(*, note: CaseNote, author: User, version: int, text: str) -> CaseNote:
    """Another text; the one before is kept. Raises NotYourNote, NoteDeleted, VersionConflict."""
    text = _checked(text)
    with transaction.atomic():
        locked = _locked(note, author, version)
        if locked.text == text:
            return locked
        CaseNoteVersion.objects.create(
            note=locked, number=locked.version, text=locked.text, written_at=locked.written_at
        )
        CaseNote.objects.filter(pk=locked.pk).update(
            text=text, version=F("version") + 1, written_at=timezone.now()
        )
        locked.refresh_from_db()
        _notify(locked)
    return locked


def note_delete(*, note: CaseNote, author: User, version: int) -> CaseNote:
    """Marks it; text and versions stay. Raises NotYourNote, NoteDeleted, VersionConflict."""
    with transaction.atomic():
        locked = _locked(note, author, version)
        CaseNote.objects.filter(pk=locked.pk).update(deleted_at=timezone.now())
    locked.refresh_from_db()
    return locked


def notifications_read(*, user: User, notification_id: UUID | None = None) -> int:
    """Mark one, or all, of the user's as read. Returns how many were not yet."""
    rows = Notification.objects.visible_to(user).unread()
    if notification_id is not None:
        rows = rows.filter(pk=notification_id)
    return rows.update(read_at=timezone.now())


def _checked(text: str) -> str:
    """Raises InvalidNote."""
    text = text.strip()
    if not text:
        raise InvalidNote("A note needs a text.")
    if len(text) > LONGEST:
        raise InvalidNote(f"A note has at most {LONGEST:,} characters.")
    return text


def _require_root(case: Case, parent: CaseNote | None) -> None:
    """Raises InvalidNote, NoteDeleted."""
    if parent is None:
        return
    if parent.case_id != case.pk:
        raise InvalidNote("The note belongs to another case.")
    if parent.parent_id is not None:
        raise InvalidNote("A reply cannot be replied to; reply to the note above it.")
    if parent.deleted_at:
        raise NoteDeleted


def _locked(note: CaseNote, author: User, version: int) -> CaseNote:
    """Raises NotYourNote, NoteDeleted, VersionConflict."""
    locked = CaseNote.objects.select_for_update().get(pk=note.pk)
    if locked.author_id != author.pk:
        raise NotYourNote
    if locked.deleted_at:
        raise NoteDeleted
    if locked.version != version:
        raise VersionConflict(locked)
    return locked


def _notify(note: CaseNote) -> None:
    """Tell those whom the text mentions, and the author of the note it replies to, once each: who
    was told of this note before is not told again.
    """
    colleagues = who_can_be_mentioned(note.case)
    told = mentioned(note.text, colleagues)
    if note.parent is not None:
        told |= {note.parent.author_id} & {colleague.id for colleague in colleagues}
    told -= {note.author_id}
    rows = [Notification(recipient_id=pk, note=note) for pk in told]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
